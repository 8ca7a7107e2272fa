#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

// sendxmpp has its password among the arguments, where everybody can read it: this overwrites them.
const name = basename(process.argv[1] ?? '');
if (name === 'sendxmpp' || name === 'go-sendxmpp') process.title = name;

// Node 22.8 and newer keep the compiled program; in a directory of our own, which nobody else can write to.
if (module.enableCompileCache) {
  try {
    const directory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xmppctl', 'compiled');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
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
