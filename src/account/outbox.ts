/** Messages that wait on this machine until they can be sent: one file each, in the order in which they were put there. */
import { createHash } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { XmppctlError } from '../errors.ts';
import { fileError, isMissing } from '../file-errors.ts';
import { type HeldLock, holdLock } from '../kernel-lock.ts';
import { parseJsonObject } from './config-format.ts';
import { accountStateDir, type Paths } from './paths.ts';
import { ensureDir, readPrivateFile, writePrivateFile } from './private-files.ts';

const retryMs = 100;

/** A message as a line of `send --batch` describes it, and what happened to it. */
export interface Waiting {
  readonly message: Readonly<Record<string, string>>;
  /** When it was to be sent first, ISO 8601. */
  readonly since: string;
  /** It left once, and nobody knows whether it arrived. */
  readonly left: boolean;
}
export interface Kept extends Waiting {
  readonly name: string;
}

/** The outbox of an account, held by this process alone. */
export interface Outbox {
  /** In order. Throws kind osfile if one is damaged. */
  list(): Promise<readonly Kept[]>;
  /**
   * Puts a message behind all others, unless the one with that id to that recipient is there already; on disk when it
   * resolves. Throws cantcreat, ioerr.
   */
  put(waiting: Waiting): Promise<void>;
  /** Remembers that it has left. */
  markLeft(kept: Kept): Promise<void>;
  remove(kept: Kept): Promise<void>;
  release(): Promise<void>;
}

/** Opens it, and waits up to `patienceMs` for another process that has it. Throws kind conflict, cantcreat. */
export async function openOutbox(
  paths: Paths,
  bareJid: string,
  platform: NodeJS.Platform,
  patienceMs: number,
): Promise<Outbox> {
  const dir = join(accountStateDir(paths, bareJid), 'outbox');
  await ensureDir(dir, paths.owner);
  const end = performance.now() + patienceMs;
  for (;;) {
    const lock = await holdLock(join(accountStateDir(paths, bareJid), 'outbox-lock'), platform);
    if (lock) return outboxIn(dir, paths, lock);
    if (performance.now() > end) throw new XmppctlError('conflict', 'another xmppctl is sending from the outbox');
    await after(retryMs);
  }
}

function outboxIn(dir: string, paths: Paths, lock: HeldLock): Outbox {
  let last = 0;
  const write = (name: string, { message, since, left }: Waiting): Promise<void> =>
    writePrivateFile(join(dir, name), `${JSON.stringify({ v: 1, since, left, message })}\n`);
  const names = async (): Promise<string[]> =>
    (await readdir(dir)).filter((name) => /^\d{16}-.*\.json$/.test(name)).sort();
  return {
    list: async () => {
      const kept: Kept[] = [];
      for (const name of await names()) kept.push(await readKept(join(dir, name), name, paths));
      return kept;
    },
    async put(waiting) {
      const { to = '', id = '' } = waiting.message;
      const end = `-${createHash('sha256').update(`${to} ${id}`).digest('hex').slice(0, 32)}.json`;
      const there = await names();
      if (there.some((name) => name.endsWith(end))) return;
      // After those that are there, whatever the clock says now.
      const newest = Number(there.at(-1)?.slice(0, 16) ?? 0);
      last = Math.max(Date.now() * 1000, last + 1, newest + 1);
      await write(`${String(last).padStart(16, '0')}${end}`, waiting);
    },
    markLeft: (kept) => write(kept.name, { ...kept, left: true }),
    async remove({ name }) {
      await unlink(join(dir, name)).catch((error) => {
        if (!isMissing(error)) throw fileError(error, `cannot remove ${join(dir, name)}`, 'cantcreat');
      });
    },
    release: () => lock.release(),
  };
}

async function readKept(path: string, name: string, paths: Paths): Promise<Kept> {
  const entry = parseJsonObject((await readPrivateFile(path, paths.owner)) ?? '', path, 'osfile');
  const { v, since, left, message } = entry;
  const whole = v === 1 && typeof since === 'string' && typeof left === 'boolean';
  const isMessage = typeof message === 'object' && message !== null && !Array.isArray(message);
  if (!whole || !isMessage || Number.isNaN(Date.parse(since))) {
    throw new XmppctlError('osfile', `${path} is damaged`, {
      hint: 'The messages behind it wait until it is repaired or removed.',
    });
  }
  return { name, since, left, message: message as Record<string, string> };
}
