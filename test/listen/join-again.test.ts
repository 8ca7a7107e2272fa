/** `muc join` over many connections: nothing of those that ended is kept. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { ConnectOptions, Context } from '../../src/commands/context.ts';
import { mucJoin } from '../../src/commands/muc/join.ts';
import { XmppctlError } from '../../src/errors.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import { fakeSession } from '../support/fake-session.ts';
import { room, said, self, subject } from '../support/room-script.ts';

test('a session that was lost is forgotten', async () => {
  const listeners: number[] = [];
  const session = () => {
    const lost = new XmppctlError('tempfail', 'the server closed the connection');
    return fakeSession((stanza, { end }) => {
      const { to, id } = stanza.attrs;
      if (stanza.is('iq')) {
        const features = "<feature var='http://jabber.org/protocol/muc'/>";
        return `<iq type='result' id='${id}' from='${to}'><query xmlns='http://jabber.org/protocol/disco#info'>${features}</query></iq>`;
      }
      setImmediate(() => setImmediate(() => end(lost)));
      return self() + subject() + said('bob', 'hello');
    });
  };
  const ctx = {
    connect: async ({ signal }: ConnectOptions) => {
      listeners.push(signal ? getEventListeners(signal, 'abort').length : Number.NaN);
      return session();
    },
    secret: async () => undefined,
    remember: async () => {},
    clock: { now: () => new Date(), monotonic: () => 0, after: async () => {} },
    stopped: new AbortController().signal,
    timeout: () => 5000,
    left: () => 5000,
    randomId: () => 'id',
    ...{ notice: () => {}, warn: () => {}, verbose: () => {} },
  } as unknown as Context;
  const args = { rooms: [{ jid: parseJid(room) }], nick: 'alice', count: 20 } as unknown as Parameters<
    typeof mucJoin.run
  >[0];
  let messages = 0;
  for await (const { event } of mucJoin.run(args, ctx) as AsyncIterable<{ event: string }>) {
    if (event === 'message') messages += 1;
  }
  expect(messages).toBe(20);
  expect(listeners).toEqual(new Array(20).fill(0));
});
