/** Programs that listen runs, and what becomes of what they have dealt with. */
import { expect, test } from 'vitest';
import type { Context } from '../../src/commands/context.ts';
import type { Event } from '../../src/commands/event-fields.ts';
import { type HookOptions, Hooks } from '../../src/commands/hooks.ts';
import { XmppctlError } from '../../src/errors.ts';

const message = { event: 'message', from: 'bob@example.org' } as Event;
const options: HookOptions = {
  exec: ['true'],
  execConcurrency: undefined,
  execTimeout: undefined,
  execFail: undefined,
  reply: false,
  notify: false,
  events: undefined,
  durable: 'default',
  failed: () => {},
};
const ctx = {
  runProgram: async () => ({ end: 'ok', detail: 'exit status 0', printed: '' }),
  stopped: new AbortController().signal,
} as unknown as Context;

test('a cursor that cannot be kept ends the command, though every program went well', async () => {
  let ended = false;
  const hooks = new Hooks({ ...options, failed: () => (ended = true) }, ctx);
  const full = new XmppctlError('ioerr', 'no space left on device');
  await hooks.take([{ event: message, reply: undefined }], async () => {
    throw full;
  });
  await expect(hooks.end()).rejects.toBe(full);
  expect(ended).toBe(true);
});
