/** CASES D, 42 and 44: who it was, in a room. */
import { describe, expect, test } from 'vitest';
import { run, says } from '../support/attempt.ts';
import { bodiesOf, eventsOf, joins, muc, other } from '../support/in-rooms.ts';
import { occupantIds, plays, presence, type RoomScript, room, said, self, subject } from '../support/room-script.ts';
import { scriptedServer } from '../support/scripted-server.ts';

describe('who it was', () => {
  const pm = (from: string, body: string, mark = "<x xmlns='http://jabber.org/protocol/muc#user'/>") =>
    `<message from='${from}' type='chat' id='p'><body>${body}</body>${mark}</message>`;

  test('a private message of a room is labelled as such, never as a contact’s (42)', async () => {
    const ended = await muc(['join', room, '--json', '--count', '3'], {
      joined: () =>
        self() + subject() + pm(`${room}/boss`, 'marked') + pm(`${room}/boss`, 'unmarked', '') + said('boss', 'to all'),
    });
    const messages = eventsOf(ended).filter(({ event }) => event === 'message');
    expect(messages).toMatchObject([
      { type: 'chat', from: room, room, nick: 'boss', body: 'marked', resource: null },
      { type: 'chat', from: room, room, nick: 'boss', body: 'unmarked' },
      { type: 'groupchat', from: room, room, nick: 'boss', body: 'to all' },
    ]);
  });

  test('nor is one that listen gets: of a room it is in, of one it is not in, or as a carbon (42)', async () => {
    const carbon = (inner: string, from = 'alice@localhost') =>
      `<message from='${from}'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${inner.replace('<message', "<message xmlns='jabber:client'")}</forwarded></received></message>`;
    await using server = await scriptedServer(
      { tls: 'direct' },
      plays({
        joined: () =>
          self() +
          subject() +
          pm(`${room}/boss@localhost`, 'in the room', '') +
          pm(`${other}/boss`, 'in another') +
          carbon(pm(`${other}/boss`, 'copied')) +
          carbon(pm(`${room}/boss@localhost`, 'copied without the mark', '')) +
          pm('boss@localhost/phone', 'the real one', ''),
      }),
    );
    const ended = await run(['listen', '--json', '--count', '5', '--room', room], server);
    const messages = eventsOf(ended).filter(({ event }) => event === 'message');
    const byBody = Object.fromEntries(messages.map((message) => [message.body, message]));
    expect(byBody).toMatchObject({
      'in the room': { room, nick: 'boss@localhost', from: room, type: 'chat' },
      'in another': { room: other, nick: 'boss', from: other, type: 'chat' },
      copied: { room: other, nick: 'boss', from: other, carbon: 'received' },
      'copied without the mark': { room, nick: 'boss@localhost', from: room, carbon: 'received' },
      'the real one': { room: null, nick: null, from: 'boss@localhost', resource: 'phone' },
    });
    const table = await run(['listen', '--count', '5', '--room', room], server);
    expect(table.stdout).toContain(`${other}/boss  (private) in another`);
  });

  test('an occupant-id counts only where the room announces that it gives them (44)', async () => {
    const forged = `<occupant-id xmlns='${occupantIds}' id='somebody else'/>`;
    const script = (features: readonly string[]): RoomScript => ({
      features,
      joined: () => self() + subject() + presence('bob', { more: forged }) + said('bob', 'hi', { more: forged }),
    });
    const ids = async (features: readonly string[]) =>
      eventsOf(await muc(['join', room, '--json', '--count', '1'], script(features)))
        .filter(({ nick }) => nick === 'bob')
        .map(({ occupantId }) => occupantId);
    expect(await ids([])).toEqual([null, null]);
    expect(await ids([occupantIds])).toEqual(['somebody else', 'somebody else']);
  });

  test('a correction is of the author only while the nickname is the same person’s (39)', async () => {
    const corrects = (id: string): string => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`;
    const ended = await muc(['join', room, '--json', '--count', '7', '--events', 'message'], {
      joined: () =>
        self() +
        subject() +
        presence('bob') +
        said('bob', 'one', { id: 'm1' }) +
        said('bob', 'his own', { id: 'm2', more: corrects('m1') }) +
        said('eve', 'another’s', { id: 'm3', more: corrects('m1') }) +
        said('eve', 'unseen', { id: 'm4', more: corrects('m0') }) +
        said('eve', 'itself', { id: 'm5', more: corrects('m5') }) +
        presence('bob', { gone: true }) +
        presence('bob') +
        said('bob', 'the next bob’s', { id: 'm6', more: corrects('m1') }) +
        said('bob', 'end', { id: 'm7' }),
    });
    expect(eventsOf(ended).map(({ body, correction }) => `${body}: ${correction}`)).toEqual([
      'one: null',
      'his own: accepted',
      'another’s: rejected',
      'unseen: unknown',
      'itself: rejected',
      'the next bob’s: rejected',
      'end: null',
    ]);
  });

  test('a stanza-id counts only from the room', async () => {
    const forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='forged'/>";
    const stanzaId = async (...features: string[]) => {
      const joined = () => self() + subject() + said('bob', 'hi', { stanzaId: 'true', more: forged });
      const ended = await muc(['join', room, '--json', '--count', '1'], { features, joined });
      return eventsOf(ended).at(-1)?.stanzaId;
    };
    expect(await stanzaId('urn:xmpp:sid:0')).toBe('true');
    // A room that gives none passes on what its occupants write.
    expect(await stanzaId()).toBeNull();
  });

  test('the room itself, and somebody outside who speaks for it', async () => {
    const ended = await muc(['join', room, '--json', '--count', '2'], {
      joined: () =>
        self() +
        subject() +
        said('mallory', 'outside', { room: `x${room}` }) +
        said('', 'the room speaks') +
        said('bob', 'hi'),
    });
    expect(eventsOf(ended).filter(({ event }) => event === 'message')).toMatchObject([
      { nick: null, body: 'the room speaks', from: room },
      { nick: 'bob', body: 'hi' },
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'שלום', 'a/b /c', '"<&>\'', 'x'.repeat(1023)])(
    'somebody who is called %s comes, speaks, is renamed and goes',
    async (nick) => {
      const ended = await muc(['join', room, '--json', '--count', '1'], {
        joined: () =>
          self() +
          subject() +
          presence(nick) +
          presence(nick, { role: 'moderator', affiliation: 'admin' }) +
          presence(nick, { gone: true, codes: [303], newNick: '__proto__ 2' }) +
          presence('__proto__ 2', { role: 'moderator', affiliation: 'admin' }) +
          presence('__proto__ 2', { gone: true }) +
          said(nick, 'bye'),
      });
      const changes = eventsOf(ended).filter(({ event, self: own }) => event === 'occupant' && !own);
      expect(changes.map((event) => [event.change, event.nick, event.newNick])).toEqual([
        ['joined', nick, null],
        ['role', nick, null],
        ['affiliation', nick, null],
        ['nick', nick, '__proto__ 2'],
        ['left', '__proto__ 2', null],
      ]);
      expect(eventsOf(ended).at(-1)).toMatchObject({ nick, body: 'bye' });
    },
  );

  test('nobody, an empty name, one too long or with control characters: passed over', async () => {
    const ended = await muc(['join', room, '--json', '--count', '1'], {
      joined: () =>
        self() +
        subject() +
        [`${room}/`, `${room}/${'x'.repeat(1024)}`, `${room}/a\u202eb`, `${room}/a&#10;b`, '@', '']
          .map(
            (from) => `<message from='${from}' type='groupchat'><body>bad</body></message><presence from='${from}'/>`,
          )
          .join('') +
        said('bob', 'good'),
    });
    expect(bodiesOf(ended)).toEqual(['good']);
  });
});

describe('an invitation', () => {
  const mediated = (from: string, by: string): string =>
    `<message from='${from}'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='${by}'><reason>come</reason></invite><password>p</password></x></message>`;
  const direct = (from: string): string =>
    `<message from='${from}'><x xmlns='jabber:x:conference' jid='${room}' reason='come' password='p'/></message>`;

  test('is of whoever sent it, whatever stands in it; nobody joins by it', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password: 'correct-horse-7431' });
      peer.acks();
      await peer.session(({ name }) =>
        name === 'presence'
          ? mediated(room, 'bob@localhost/x') +
            mediated('mallory@localhost/x', 'bob@localhost') +
            direct('mallory@localhost/x') +
            mediated('localhost', 'bob@localhost') +
            said('bob', 'end', { type: 'chat', room: 'bob@localhost' })
          : undefined,
      );
    });
    const ended = await run(['listen', '--json', '--events', 'invite,message', '--count', '1'], server);
    expect(eventsOf(ended).filter(({ event }) => event === 'invite')).toMatchObject([
      { from: room, room, by: 'bob@localhost', reason: 'come', password: 'p', direct: false },
      { from: 'mallory@localhost', room: 'mallory@localhost', by: 'bob@localhost', direct: false },
      { from: 'mallory@localhost', room, by: 'mallory@localhost', direct: true },
    ]);
    expect(joins(server).filter(({ attrs }) => attrs.to !== undefined)).toEqual([]);
  });

  test('has words that are the room’s, whom nobody answers', async () => {
    const words = mediated(room, 'bob@localhost').replace('</message>', '<body>bob invited you</body></message>');
    await using server = await scriptedServer({ tls: 'direct' }, says(words));
    const ended = await run(['listen', '--json', '--count', '1', '--reply', '--exec', 'echo', 'hi'], server);
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(eventsOf(ended)).toMatchObject([
      { event: 'invite', room },
      { event: 'message', from: room, room, nick: null, body: 'bob invited you' },
    ]);
    expect(server.transcripts[0]?.tls).not.toContain('<body>hi');
  });
});
