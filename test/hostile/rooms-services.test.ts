/** Services for rooms: none, several, and ones that list rooms for ever. */
import { describe, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { type Answer, type Peer, result, stanzaError } from '../support/peer.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const info = 'http://jabber.org/protocol/disco#info';
const items = 'http://jabber.org/protocol/disco#items';
const rsm = 'http://jabber.org/protocol/rsm';

const itemsOf = (iq: XmlElement, jids: readonly string[], more = ''): string =>
  result(iq, `<query xmlns='${items}'>${jids.map((jid) => `<item jid='${jid}' name='N'/>`).join('')}${more}</query>`);
const roomService = (iq: XmlElement): string =>
  result(
    iq,
    `<query xmlns='${info}'><identity category='conference' type='text'/><feature var='http://jabber.org/protocol/muc'/></query>`,
  );

/** A server with these services; `answer` answers for them. */
const serverWith = (services: readonly string[], answer: (iq: XmlElement) => Answer = () => undefined) =>
  scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => {
      const { to } = stanza.attrs;
      if (stanza.name !== 'iq' || stanza.attrs.type === 'result') return undefined;
      if (to === 'localhost' && stanza.child('query', items)) return itemsOf(stanza, services);
      const own = answer(stanza);
      if (own !== undefined) return own;
      return to !== undefined && services.includes(to) && stanza.child('query', info) ? roomService(stanza) : undefined;
    });
  });
const asked = (server: ScriptedServer, to: string, xmlns: string) =>
  server.peers.flatMap(({ received }) => received).filter((iq) => iq.attrs.to === to && iq.child('query', xmlns));

describe('a room that is only named', () => {
  const commands = [['send', 'hall', 'hi'], ['join', 'hall'], ['info', 'hall'], ['members', 'hall'], ['list']];

  test('could be at several services: 64 with the list of them', async () => {
    await using server = await serverWith(['rooms.localhost', 'old.localhost']);
    for (const args of commands) {
      const ended = await run(['muc', ...args], server);
      expect(ended).toMatchObject({ exitCode: 64, stdout: '' });
      expect(ended.stderr).toMatch(/rooms\.localhost, old\.localhost/);
    }
    expect(asked(server, 'hall@rooms.localhost', info)).toEqual([]);
  });

  test('can be nowhere: 69', async () => {
    const silentOne = (iq: XmlElement): Answer =>
      iq.attrs.to === 'other.localhost' ? stanzaError(iq, 'forbidden') : undefined;
    await using server = await serverWith(['other.localhost'], silentOne);
    for (const args of commands)
      expect(await run(['muc', ...args], server)).toMatchObject({ exitCode: 69, stdout: '' });
  });

  test('is not known to be nowhere when the stream breaks: 75', async () => {
    const breaks = (peer: Peer, iq: XmlElement, what: string): string | undefined => {
      if (!iq.child('query', what)) return undefined;
      peer.destroy();
      return '';
    };
    for (const what of [info, items]) {
      await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
        await peer.login({ password });
        peer.acks();
        await peer.session((iq) => breaks(peer, iq, what)).catch(() => {});
      });
      expect(await run(['muc', 'list'], server, { seconds: 3 })).toMatchObject({ exitCode: 75, stdout: '' });
    }
  });

  test('is at the service that is named with it, and nobody else is asked', async () => {
    const absent = (iq: XmlElement): Answer =>
      iq.attrs.to === 'hall@third.localhost' ? stanzaError(iq, 'item-not-found') : undefined;
    await using server = await serverWith(['rooms.localhost', 'old.localhost'], absent);
    const ended = await run(['muc', 'info', 'hall', '--service', 'third.localhost'], server);
    expect(ended).toMatchObject({ exitCode: 67, stdout: '' });
    expect(asked(server, 'hall@third.localhost', info)).toHaveLength(1);
    expect(asked(server, 'localhost', items)).toEqual([]);
  });

  test.each(['', 'a b', 'a/b', 'x'.repeat(1024), 'room@', '@service', 'room@service/nick'])(
    'as %s is none: 64 before anything is sent',
    async (name) => {
      await using server = await serverWith(['rooms.localhost']);
      expect(await run(['muc', 'send', name, 'hi'], server)).toMatchObject({ exitCode: 64, stdout: '' });
      expect(server.connections).toBe(0);
    },
  );
});

describe('a list of rooms', () => {
  const listed = (iq: XmlElement): number => Number(iq.child('query')?.child('set')?.child('after')?.text ?? 0);
  const paged = (pageOf: (after: number) => { rooms: readonly string[]; last: string }) =>
    serverWith(['rooms.localhost'], (iq) => {
      if (iq.attrs.to !== 'rooms.localhost' || !iq.child('query', items)) return undefined;
      const { rooms, last } = pageOf(listed(iq));
      return itemsOf(iq, rooms, `<set xmlns='${rsm}'><last>${last}</last></set>`);
    });
  const list = async (server: ScriptedServer) => {
    const ended = await run(['muc', 'list', '--json'], server, { seconds: 10 });
    expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
    return ended.json<{ room: string; name: string }[]>();
  };

  test('comes page by page; a room that refuses is listed by what its service says', async () => {
    await using server = await paged((after) => ({
      rooms: after < 120 ? Array.from({ length: 50 }, (_, n) => `r${after + n}@rooms.localhost`) : [],
      last: `${after + 50}`,
    }));
    const rooms = await list(server);
    expect(rooms).toHaveLength(150);
    expect(rooms[149]).toEqual({ room: 'r149@rooms.localhost', name: 'N', occupants: null, description: null });
  });

  test('that is the same page again and again ends', async () => {
    await using server = await paged(() => ({ rooms: ['one@rooms.localhost'], last: 'one' }));
    expect((await list(server)).length).toBeLessThanOrEqual(2);
  });

  test('with items that are no rooms leaves them out', async () => {
    await using server = await paged(() => ({ rooms: ['@', 'rooms.localhost', 'one@rooms.localhost'], last: '' }));
    expect((await list(server)).map(({ room }) => room)).toEqual(['one@rooms.localhost']);
  });
});

test('--dry-run sends nothing', async () => {
  await using server = await serverWith(['rooms.localhost']);
  for (const args of [
    ['send', 'hall@rooms.localhost', 'hi'],
    ['join', 'hall@rooms.localhost'],
    ['send', 'hall', 'hi', '--service', 'rooms.localhost', '--nick', 'hall@rooms.localhost'],
    ['destroy', 'hall@rooms.localhost', '--confirm', 'hall@rooms.localhost'],
  ]) {
    const ended = await run(['muc', ...args, '--dry-run'], server);
    expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toContain('hall@rooms.localhost');
  }
  expect(server.connections).toBe(0);
});

test('--dry-run does not know where a room is that is only named, and does not say that it is nowhere', async () => {
  await using server = await serverWith(['rooms.localhost']);
  const ended = await run(['muc', 'send', 'hall', 'hi', '--dry-run'], server);
  expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toContain(items);
});

test.each([
  ['ban', 'hall', 'bob'],
  ['affiliation', 'hall', 'bob', 'member'],
  ['invite', 'hall', 'bob@localhost', 'bob'],
])('muc %s %s %s: a name alone is nobody, and nothing is sent', async (...args) => {
  await using server = await serverWith(['rooms.localhost']);
  const ended = await run(['muc', ...args], server);
  expect(ended).toMatchObject({ exitCode: 64, stdout: '' });
  expect(ended.stderr).toContain('bob@');
  expect(server.connections).toBe(0);
});
