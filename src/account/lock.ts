/** A lock for changing a file: for the milliseconds that reading, changing and writing it take. */
import { randomUUID } from 'node:crypto';
import { open, readFile, unlink } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { XmppctlError } from '../errors.ts';
import { fileError } from '../file-errors.ts';

const retryMs = 15;

/**
 * Runs `change` while nobody else changes `file`; the lock is a file beside it. One that stays the same for `staleMs`
 * was left by a program that died, and is taken over. Throws kind cantcreat or ioerr if it cannot be made.
 */
export async function withLock<T>(file: string, change: () => Promise<T>, staleMs = 3000): Promise<T> {
  const path = `${file}.lock`;
  const own = randomUUID();
  let seen: string | undefined;
  const start = performance.now();
  let since = start;
  while (!(await take(path, own))) {
    // Compared by content and by our own clock: the clock of a file server may be hours away.
    const holder = await readFile(path, 'utf8').catch(() => undefined);
    if (holder !== seen) {
      seen = holder;
      since = performance.now();
    } else if (performance.now() - since > staleMs) {
      await release(path, holder);
    }
    if (performance.now() - start > staleMs * 4) {
      throw new XmppctlError('ioerr', `${path} stays locked`, { hint: 'If no xmppctl is running, remove that file.' });
    }
    await after(retryMs);
  }
  try {
    return await change();
  } finally {
    await release(path, own);
  }
}

async function take(path: string, own: string): Promise<boolean> {
  try {
    const lock = await open(path, 'wx', 0o600);
    try {
      await lock.writeFile(own);
    } finally {
      await lock.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(error, `cannot write ${path}`, 'cantcreat');
  }
}

/** Removes the lock if it still is the one of that holder. */
async function release(path: string, holder: string | undefined): Promise<void> {
  const now = await readFile(path, 'utf8').catch(() => undefined);
  if (now !== undefined && now === holder) await unlink(path).catch(() => undefined);
}
