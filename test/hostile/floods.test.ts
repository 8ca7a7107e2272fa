// Others may ask us as much as they like: what is kept for them has an end.
import { expect, test } from 'vitest';
import { warnOfForgeries } from '../../src/commands/forgeries.ts';
import { Origins } from '../../src/commands/origins.ts';
import { XmppctlError } from '../../src/errors.ts';
import { patientSession } from '../../src/session/patient-session.ts';
import { buildPresence } from '../../src/xmpp/presence.ts';
import { ping } from '../../src/xmpp/xep0199-ping.ts';
import { failure, open, password } from '../support/attempt.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const pingOf = (id: string): string =>
  `<iq type='get' from='eve@evil.test/x' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`;
const end = "<message from='bob@localhost' type='chat'><body>the end</body></message>";

interface Manner {
  sm?: boolean;
  acks?: boolean;
  /** Reads nothing until everything was heard. */
  reads?: boolean;
}

/** Sends that once alice is online, and then something for her; gives the ids that she answered. */
async function answered(stanzas: string, { sm = true, acks = true, reads = true }: Manner = {}): Promise<string[]> {
  await using server: ScriptedServer = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password, sm });
    peer.acks(acks && ((handled) => handled));
    await peer.session(async ({ name }) => {
      if (name === 'r') return acks ? undefined : '';
      if (name !== 'presence') return undefined;
      if (!reads) peer.pause();
      await peer.send(stanzas + end);
      return '';
    });
  });
  {
    await using session = await open(server, { seconds: 18 });
    const heard = session.expect((stanza) => stanza.getChildText('body') ?? undefined);
    await session.send(buildPresence());
    expect(await heard.within(15_000)).toBe('the end');
    server.peers[0]?.resume();
    await session.request(ping('localhost'));
  }
  await server.done;
  const received = server.peers[0]?.received ?? [];
  return received.flatMap(({ name, attrs }) =>
    name === 'iq' && attrs.to === 'eve@evil.test/x' ? [`${attrs.id}`] : [],
  );
}

test('pings are not all answered to a server that reads nothing', async () => {
  const flood = Array.from({ length: 10_000 }, (_, n) => pingOf(`${n}-${'x'.repeat(1000)}`)).join('');
  const ids = await answered(flood, { sm: false, reads: false });
  expect(ids.length).toBeGreaterThanOrEqual(1000);
  expect(ids.length).toBeLessThan(9000);
});

test('pings are not all answered to a server that acknowledges nothing', async () => {
  const flood = Array.from({ length: 25_000 }, (_, n) => pingOf(`${n}`)).join('');
  expect((await answered(flood, { acks: false })).length).toBeLessThanOrEqual(20_000);
});

test('a question with an endless id gets no answer', async () => {
  const long = 'x'.repeat(1025);
  const ids = await answered(
    pingOf(long) + pingOf('short').replace('urn:xmpp:ping', 'urn:any') + pingOf(long.slice(1)),
  );
  expect(ids).toEqual(['short', long.slice(1)]);
});

test('who wrote a message with an endless id is not remembered', () => {
  const origins = new Origins();
  const long = 'x'.repeat(1025);
  for (const id of [long, long.slice(1)]) origins.remember(id, 'eve@evil.test', false);
  expect([origins.authorOf(long), origins.authorOf(long.slice(1))]).toEqual([undefined, 'eve@evil.test']);
});

test('who forges is warned of, but cannot fill standard error (CASES 32)', () => {
  const warnings: string[] = [];
  const warn = warnOfForgeries({ warn: (line) => warnings.push(line) });
  for (let count = 0; count < 1000; count += 1) warn('a carbon copy from eve@evil.test');
  expect(warnings).toEqual(['ignored a carbon copy from eve@evil.test: forged']);
  for (let count = 0; count < 1000; count += 1) warn(`a carbon copy from eve${count}@evil.test`);
  expect(warnings).toHaveLength(21);
});

test('a question that nobody waits for any more is forgotten', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    const ids = [await peer.next('iq'), await peer.next('iq')].map(({ attrs }) => attrs.id);
    await peer.next('presence');
    for (const id of ids) await peer.send(`<iq type='result' from='bob@localhost/x' id='${id}'/>`);
    await peer.session();
  });
  await using session = await open(server);
  const question = () => ping('bob@localhost/x');
  const patient = patientSession(session, () => 50);
  expect((await failure(patient.request(question()))).condition).toBe('remote-server-timeout');
  const late = new XmppctlError('tempfail', 'late');
  const asked = session.request(question(), undefined, undefined, AbortSignal.abort(late));
  expect(await failure(asked)).toBe(late);
  // What answers no question of ours is for whoever reads stanzas.
  const answers = session.stanzas((stanza) => (stanza.attrs.type === 'result' ? stanza : undefined));
  await session.send(buildPresence());
  for (let n = 0; n < 2; n += 1) expect((await answers.next()).done).toBe(false);
});
