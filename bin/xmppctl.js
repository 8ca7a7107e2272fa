#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

// sendxmpp has its password among the arguments, where everybody can read it: this overwrites them.
const name = basename(process.argv[1] ?? '');
if (name === 'sendxmpp' || name === 'go-sendxmpp') process.title = name;

/** COMPAT(Node 20 to 24): its own way to make the parents as well goes on for ever where nothing can be made, as in /proc. */
function makeDirectory(path) {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (error.code === 'EEXIST') return;
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

// Node 22.8 and newer keep the compiled program; in a directory of our own, which nobody else can write to.
if (module.enableCompileCache && !process.env.NODE_DISABLE_COMPILE_CACHE) {
  try {
    const directory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xmppctl', 'compiled');
    makeDirectory(directory);
    module.enableCompileCache(directory);
  } catch {
    // Only slower: a read-only home is no reason to fail.
  }
}
try {
  await import('../dist/main.js');
} catch (error) {
  // Not even the program could be read; there is nobody else to say so.
  const outOfResources = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(error.code);
  process.stderr.write(`xmppctl: it cannot be started: ${error.code ?? error.message}\n`);
  process.exit(outOfResources ? 71 : 70);
}
