/** CASES D, 39, 40 and 42, in rooms: what a message does to an earlier one, and who may do it. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { eventsOf, muc, sent } from '../support/in-rooms.ts';
import {
  archived,
  endOfPage,
  mam,
  occupantIds,
  plays,
  presence,
  room,
  said,
  self,
  subject,
} from '../support/room-script.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const retracts = (id: string, inside = ''): string =>
  `<retract xmlns='urn:xmpp:message-retract:1' id='${id}'>${inside}</retract><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>`;
const corrects = (id: string): string => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`;
const by = (id: string): string => `<occupant-id xmlns='${occupantIds}' id='${id}'/>`;
const signal = (nick: string, more: string, type = 'groupchat'): string =>
  `<message from='${room}${nick && '/'}${nick}' type='${type}' id='s'>${more}</message>`;
const later = ['reaction', 'correction', 'retraction', 'displayed', 'receipt', 'chatstate'].join(',');
const end = said('bob', 'end', { id: 'end' });

/** What is heard of these stanzas until the message 'end'. */
async function heard(stanzas: readonly string[], count: number, features: readonly string[] = []) {
  const args = ['join', room, '--json', '--events', `message,${later}`, '--count', `${count}`];
  const ended = await muc(args, {
    features: ['urn:xmpp:sid:0', ...features],
    joined: () => self() + subject() + stanzas.join('') + end,
  });
  expect(ended.exitCode).toBe(0);
  return { events: eventsOf(ended).filter(({ id }) => id !== 'end'), stderr: ended.stderr };
}
const retractions = (events: readonly Record<string, unknown>[]) =>
  events.flatMap(({ event, nick, id, verdict }) => (event === 'retraction' ? [`${nick} ${id} ${verdict}`] : []));

describe('in a room', () => {
  test('reactions, markers and chat states say who it is, and are no messages', async () => {
    const { events } = await heard(
      [
        signal('bob', "<reactions xmlns='urn:xmpp:reactions:0' id='a1'><reaction>👍</reaction></reactions>"),
        signal('bob', "<displayed xmlns='urn:xmpp:chat-markers:0' id='a1'/>"),
        signal('bob', "<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        signal('boss', "<received xmlns='urn:xmpp:receipts' id='m1'/>", 'chat'),
      ],
      1,
    );
    const whose = { from: room, room, account: 'alice@localhost', occupantId: null };
    expect(events).toMatchObject([
      { ...whose, event: 'reaction', nick: 'bob', id: 'a1', reactions: ['👍'] },
      { ...whose, event: 'displayed', nick: 'bob', id: 'a1' },
      { ...whose, event: 'chatstate', nick: 'bob', state: 'composing' },
      { ...whose, event: 'receipt', nick: 'boss', id: 'm1' },
    ]);
  });

  test('a retraction is of the author, by the id that the room gave; the room itself may take all back (40)', async () => {
    const { events, stderr } = await heard(
      [
        said('bob', 'one', { id: 'm1', stanzaId: 'a1' }),
        said('eve', 'two', { id: 'a9', stanzaId: 'a2' }),
        signal('eve', retracts('a1')),
        signal('eve', retracts('a1', "<moderated xmlns='urn:xmpp:message-moderate:1' by='boss'/>")),
        said('bob', 'gone', { id: 'r1', stanzaId: 'a3', more: retracts('a1') }),
        // An id that eve gave a message of her own is not one that the room gave.
        said('eve', 'gone', { id: 'r2', stanzaId: 'a4', more: retracts('a9') }),
        signal('', retracts('a2', "<moderated xmlns='urn:xmpp:message-moderate:1' by='boss'/>")),
      ],
      3,
    );
    expect(retractions(events)).toEqual(['bob a1 accepted', 'eve a9 unknown', 'null a2 accepted']);
    expect(events.filter(({ event }) => event === 'message').map(({ body }) => body)).toEqual(['one', 'two']);
    // Both in one warning: the same was forged.
    expect(stderr.match(/forged/g)).toHaveLength(1);
    expect(stderr).toContain(`${room}/eve, who did not write it`);
  });

  test('where nobody knows occupants but by nickname, a nickname is the same person for one stay', async () => {
    const { events } = await heard(
      [
        presence('bob'),
        said('bob', 'one', { id: 'm1', stanzaId: 'a1' }),
        presence('bob', { gone: true }),
        presence('bob'),
        signal('bob', retracts('a1')),
        said('bob', 'not mine', { id: 'm2', stanzaId: 'a2', more: corrects('m1') }),
      ],
      3,
    );
    expect(retractions(events)).toEqual([]);
    expect(events.filter(({ event }) => event === 'correction')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ event: 'message', body: 'not mine', correction: 'rejected' });
  });

  test('where the room knows them, the same occupant is who it was under any name, and nobody else is', async () => {
    const { events } = await heard(
      [
        said('bob', 'one', { id: 'm1', stanzaId: 'a1', more: by('B') }),
        presence('bob', { gone: true, codes: [303], newNick: 'robert', more: by('B') }),
        presence('robert', { more: by('B') }),
        presence('bob', { more: by('E') }),
        said('bob', 'eve’s', { id: 'm2', stanzaId: 'a2', more: corrects('m1') + by('E') }),
        said('robert', 'his own', { id: 'm3', stanzaId: 'a3', more: corrects('m1') + by('B') }),
        signal('bob', retracts('a1') + by('E')),
        signal('robert', retracts('a1') + by('B')),
      ],
      4,
      [occupantIds],
    );
    expect(events.map(({ event, nick, verdict, correction }) => `${event} ${nick} ${verdict ?? correction}`)).toEqual([
      'message bob null',
      'message bob rejected',
      'correction robert accepted',
      'message robert accepted',
      'retraction robert accepted',
    ]);
  });

  test('or where it shows real addresses: whoever comes again is who they were', async () => {
    const { events } = await heard(
      [
        presence('bob', { jid: 'bob@localhost/1' }),
        said('bob', 'one', { id: 'm1', stanzaId: 'a1' }),
        presence('bob', { gone: true }),
        presence('bob', { jid: 'eve@localhost/1' }),
        signal('bob', retracts('a1')),
        presence('bob', { gone: true }),
        presence('bob', { jid: 'bob@localhost/2' }),
        signal('bob', retracts('a1')),
      ],
      2,
    );
    expect(retractions(events)).toEqual(['bob a1 accepted']);
  });

  test('what the archive tells of the past does not say whose the nickname was', async () => {
    const args = ['join', room, '--json', '--history', '1', '--events', 'message,retraction', '--count', '4'];
    const ended = await muc(args, {
      features: [mam],
      joined: () =>
        self() +
        subject() +
        said('bob', 'now', { id: 'm2', stanzaId: 'a2', more: corrects('m1') }) +
        said('eve', 'hers', { id: 'm3', stanzaId: 'a3', more: corrects('m1') }) +
        signal('eve', retracts('a1')) +
        signal('bob', retracts('a1')) +
        end,
      asked: (iq) =>
        iq.child('query', mam) && archived(iq, 'a1', said('bob', 'old', { id: 'm1' })) + endOfPage(iq, ['a1']),
    });
    const told = eventsOf(ended).map(
      ({ body, event, correction, verdict }) => `${body ?? event} ${correction ?? verdict}`,
    );
    expect(told).toEqual(['old undefined', 'now unknown', 'hers rejected', 'retraction unknown', 'end undefined']);
  });
});

describe('muc send', () => {
  test.each([
    [['--react', 'a1', '👍 🎉'], 'reactions', { id: 'a1' }, null],
    [['--retract', 'a1'], 'retract', { id: 'a1' }, /takes back/],
    [['--correct', 'm1', 'better'], 'replace', { id: 'm1' }, /^better$/],
    [['--reply-to', 'a1', 'yes'], 'reply', { id: 'a1' }, /^yes$/],
    [['--url', 'https://localhost/x.png'], 'x', {}, /x\.png/],
  ])(
    '%j names the message as the room and its author do, and nobody as its author',
    async (args, name, attrs, body) => {
      const ended = await muc(['send', room, ...args], {});
      expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: '' });
      const [message] = sent(ended.server, 'message');
      expect(message?.attrs).toMatchObject({ to: room, type: 'groupchat' });
      expect(message?.child(name)?.attrs).toMatchObject(attrs);
      expect(message?.child(name)?.attrs.to).toBeUndefined();
      if (body === null) expect(message?.child('body')).toBeUndefined();
      else expect(message?.child('body')?.text).toMatch(body);
    },
  );

  test.each([
    [['--react', 'a1', '--correct', 'm1', 'x']],
    [['--react', '', 'x']],
    [['--retract', 'a1', 'a body']],
    [['--lines', '--retract', 'a1']],
  ])('refuses %j before anything is sent: 64', async (args) => {
    const ended = await muc(['send', room, ...args], {});
    expect(ended).toMatchObject({ exitCode: 64, stdout: '' });
    expect(ended.server.connections).toBe(0);
  });
});

describe('listen --reply', () => {
  test('answers a private message of a room to its occupant, marked as such, and never ourselves (42)', async () => {
    const home = await temporaryDirectory('reply');
    try {
      const hook = join(home, 'hook');
      await writeFile(hook, '#!/bin/sh\necho "you said $XMPPCTL_EVENT_BODY"\n');
      await chmod(hook, 0o755);
      const script = plays({
        joined: () =>
          self('Alice', [210]) +
          subject() +
          said('Alice', 'own', { type: 'chat', id: 'p1' }) +
          said('', 'room', { type: 'chat', id: 'p2' }) +
          said('boss', 'hello', { type: 'chat', id: 'p3' }) +
          said('boss', 'to all', { id: 'p4' }),
      });
      await using server = await scriptedServer({ tls: 'direct' }, script);
      const args = ['listen', '--json', '--room', room, '--count', '4', '--reply', '--exec', hook];
      expect(await run(args, server)).toMatchObject({ exitCode: 0 });
      const replies = sent(server, 'message').filter((message) => message.child('body'));
      expect(replies.map(({ attrs }) => [attrs.to, attrs.type])).toEqual([[`${room}/boss`, 'chat']]);
      expect(replies[0]?.child('body')?.text).toContain('you said hello');
      expect(replies[0]?.child('x', 'http://jabber.org/protocol/muc#user')).toBeDefined();
    } finally {
      removeDirectory(home);
    }
  });
});
