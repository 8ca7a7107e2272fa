// muc invite in a room that falls silent: the invitation has left, and nobody says what became of it.
import { expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { result } from '../support/peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const room = 'meeting@rooms.localhost';
const muc = 'http://jabber.org/protocol/muc';
const disco = 'http://jabber.org/protocol/disco#info';

test.each([['acknowledges it', true] as const, ['says nothing either', false] as const])(
  'and the own server %s: 79, for the room may have passed it on',
  async (_what, acknowledges) => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      if (acknowledges) peer.acks();
      let silent = false;
      await peer.session((stanza) => {
        silent ||= stanza.name === 'message';
        if (silent) return '';
        if (stanza.name === 'presence') {
          const self = `<x xmlns='${muc}#user'><item affiliation='owner' role='moderator'/><status code='110'/></x>`;
          const subject = `<message from='${room}' type='groupchat'><subject/></message>`;
          return `<presence from='${stanza.attrs.to}'>${self}</presence>${subject}`;
        }
        if (!stanza.child('query', disco)) return undefined;
        const info = `<identity category='conference' type='text'/><feature var='${muc}'/>`;
        return result(stanza, `<query xmlns='${disco}'>${info}</query>`);
      });
    });
    const { exitCode, stdout, stderr } = await run(['muc', 'invite', room, 'bob@localhost', '--json'], server, {
      seconds: 2,
    });
    expect([exitCode, stdout], stderr).toEqual([79, '']);
    expect(JSON.parse(stderr).error).toMatchObject({ delivered: 'unknown', retryable: false });
    expect(server.transcripts[0]?.tls).toContain('<invite to');
  },
);
