/** HTTPS as commands get it: within --timeout where that is for all of the command, and again and again where it is not. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createConnections } from '../../src/cli/connections.ts';
import type { Surroundings } from '../../src/cli/context.ts';
import { Deadline } from '../../src/cli/deadline.ts';
import type { Accounts } from '../../src/commands/context.ts';
import { fakeKeychain, fakePaths, fakeSystem } from '../account/fake-system.ts';

function connections(openEnded: boolean) {
  const stopping = new AbortController();
  const system = fakeSystem();
  const deadlines: Deadline[] = [];
  const surroundings = {
    system,
    command: { openEnded },
    shared: {},
    config: async () => ({ accounts: new Map() }),
    stopped: stopping.signal,
    deadline: () => {
      const deadline = new Deadline(1, system);
      deadlines.push(deadline);
      return deadline;
    },
  } as unknown as Surroundings;
  const tools = { paths: fakePaths(), keychain: fakeKeychain(), accounts: {} as Accounts };
  const { https } = createConnections(surroundings, tools, { verbose() {}, warn() {}, randomId: () => 'id' });
  return { https, stopping, deadlines };
}

test.each([true, false])(
  'ends with the user, and keeps nothing of what has ended (open end: %s)',
  async (openEnded) => {
    const { https, stopping } = connections(openEnded);
    const { signal } = await https();
    const listeners = getEventListeners(stopping.signal, 'abort').length;
    for (let file = 0; file < 20; file += 1) await https();
    expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(listeners);
    stopping.abort();
    expect(signal.aborted).toBe(true);
  },
);

test('of a command that goes on until it is stopped does not end with its --timeout, which is for connecting', async () => {
  const [open, timed] = [connections(true), connections(false)];
  const [whileOpen, inTime] = [await open.https(), await timed.https()];
  await new Promise((resolve) => inTime.signal.addEventListener('abort', resolve));
  expect([whileOpen.signal.aborted, open.deadlines.length]).toEqual([false, 0]);
});
