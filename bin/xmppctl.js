#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

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
await import('../dist/main.js');
