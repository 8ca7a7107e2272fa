/** Where --trace goes: stderr, or a file that only the user can read. */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { shellWord, XmppctlError } from '../errors.ts';
import { reasonOf } from '../file-errors.ts';
import type { Trace } from '../session/trace.ts';

const arrow = { sent: '>>', received: '<<' } as const;

/** `target` undefined: no trace; '-': stderr; else a file to append to. Throws kind cantcreat. */
export function createTrace(
  target: string | undefined,
  say: (line: string) => void,
  platform: NodeJS.Platform,
): Trace | undefined {
  if (target === undefined) return undefined;
  if (target === '-') return (direction, xmlText) => say(`${arrow[direction]} ${xmlText}`);
  let fd: number;
  try {
    fd = openSync(target, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new XmppctlError('cantcreat', `cannot write the trace to ${target}: ${reasonOf(error)}`, { cause: error });
  }
  // A device or a pipe has readers of its own choice; Windows has no modes.
  const { mode } = fstatSync(fd);
  if (platform !== 'win32' && (mode & constants.S_IFMT) === constants.S_IFREG && (mode & 0o077) !== 0) {
    throw new XmppctlError('cantcreat', `others can read ${target}`, { hint: `chmod 600 ${shellWord(target)}` });
  }
  return (direction, xmlText) => void writeSync(fd, `${arrow[direction]} ${xmlText}\n`);
}
