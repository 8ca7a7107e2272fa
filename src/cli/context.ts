/** Builds the Context of one command: everything lazily, so that a command pays only for what it uses. */
import { randomUUID } from 'node:crypto';
import { createAccounts } from '../account/accounts.ts';
import { cacheFileOf, readCached, writeCacheText } from '../account/cache.ts';
import { rememberNames } from '../account/completion-cache.ts';
import type { Config } from '../account/config.ts';
import { cursorFileOf, openCursor, readPosition } from '../account/cursor-file.ts';
import { createKeychain } from '../account/keychain.ts';
import { createOtherPrograms } from '../account/other-programs.ts';
import { openOutbox } from '../account/outbox.ts';
import { isPasswordOnStdin, passwordOnStdin } from '../account/password-on-stdin.ts';
import { pathsFor } from '../account/paths.ts';
import { runProgram } from '../account/programs.ts';
import type { Accounts, Context, Progress } from '../commands/context.ts';
import { allCommands } from '../commands/index.ts';
import type { Command } from '../grammar/command.ts';
import type { System } from '../system.ts';
import { createClock } from './clock.ts';
import { createConnections } from './connections.ts';
import type { Deadline } from './deadline.ts';
import { createFiles, createInput } from './input.ts';
import { interruption } from './interruption.ts';
import type { SharedValues } from './parse.ts';

export interface Surroundings {
  readonly system: System;
  readonly command: Command;
  readonly shared: SharedValues;
  readonly config: () => Promise<Config>;
  readonly stopped: AbortSignal;
  readonly deadline: (ms: number) => Deadline;
  /** A line on stderr. */
  say(line: string): void;
  /** Text on stdout, for --dry-run. */
  print(text: string): Promise<void>;
  /** A line on stderr that changes. */
  progress(text: string): Promise<Progress>;
}

export function createContext(surroundings: Surroundings): Context {
  const { system, shared, stopped, say } = surroundings;
  const paths = pathsFor(system);
  const keychain = createKeychain(system);
  const interrupted = interruption(stopped);
  const passwordFirst = async (): Promise<void> => {
    if (isPasswordOnStdin(shared, system.env)) await passwordOnStdin(system, interrupted);
  };
  const accounts = createAccounts(system, paths, keychain);
  const voice = {
    warn: (line: string) => say(`warning: ${line}`),
    verbose: (line: string) => (shared.verbose ? say(line) : undefined),
    randomId: randomUUID,
  };
  const context: Context = {
    ...createConnections(surroundings, { paths, keychain, accounts }, voice),
    ...voice,
    accounts: shared.dryRun ? untouched(accounts) : accounts,
    openCursor: async (name) => openCursor(paths, (await context.account()).bare, name, system.platform),
    cursorPosition: async (name) => readPosition(paths, cursorFileOf(paths, (await context.account()).bare, name)),
    openOutbox: async (patienceMs) => openOutbox(paths, (await context.account()).bare, system.platform, patienceMs),
    platform: system.platform,
    runProgram: (command, options) => runProgram(command, { ...options, signal: stopped }, system),
    otherPrograms: createOtherPrograms(system, voice.warn),
    commands: allCommands,
    cache: {
      get: async (name) => readCached(paths, cacheFileOf(paths, (await context.account()).bare, name)),
      async put(name, value) {
        const file = cacheFileOf(paths, (await context.account()).bare, name);
        if (!(await writeCacheText(paths, file, JSON.stringify(value)))) voice.verbose(`cannot write ${file}`);
      },
    },
    async remember(kind, entries, { replace = false, account } = {}) {
      await rememberNames(paths, (account ?? (await context.account())).bare, kind, entries, replace);
    },
    progress: surroundings.progress,
    input: createInput(system, interrupted, passwordFirst),
    files: createFiles(interrupted),
    clock: createClock(system),
    stopped,
    notice: (line) => (shared.quiet ? undefined : say(line)),
  };
  return context;
}

/** A dry run looks, and changes nothing. */
function untouched({ list, pending }: Accounts): Accounts {
  const nothing = async (): Promise<void> => {};
  const forget = async (): Promise<boolean> => false;
  return {
    list,
    pending,
    forget,
    save: nothing,
    use: nothing,
    storePassword: nothing,
    storePending: nothing,
    settlePending: nothing,
  };
}
