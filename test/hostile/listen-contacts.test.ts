// Who may know that a listener is there: the contacts as they are now, not as they were when it began (CASES 34).
import { expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const push = (from: string, jid: string, subscription: string): string =>
  `<iq type='set' id='push-${jid}'${from && ` from='${from}'`}><query xmlns='jabber:iq:roster'><item jid='${jid}' subscription='${subscription}'/></query></iq>`;
const asks = (from: string): string =>
  `<message from='${from}/x' type='chat' id='${from}'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>`;

test('receipts follow the changes of the contact list, and only the own account changes it', async () => {
  const told: (string | undefined)[] = [];
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => {
      if (stanza.name === 'message' && stanza.child('received')) told.push(stanza.attrs.to);
      if (stanza.child('query', 'jabber:iq:roster') && stanza.attrs.type === 'get')
        return `<iq type='result' id='${stanza.attrs.id}'><query xmlns='jabber:iq:roster'><item jid='old@localhost' subscription='both'/><item jid='gone@localhost' subscription='both'/></query></iq>`;
      if (stanza.name !== 'presence') return undefined;
      return [
        push('', 'new@localhost', 'from'),
        push('alice@localhost', 'newer@localhost', 'both'),
        push('', 'gone@localhost', 'remove'),
        push('eve@localhost', 'eve@localhost', 'both'),
        push('alice@localhost/other', 'eve@localhost', 'both'),
        push('localhost', 'eve@localhost', 'both'),
        ...['gone', 'eve', 'old', 'new', 'newer', 'end'].map((name) => asks(`${name}@localhost`)),
      ].join('');
    });
  });
  const ended = await run(['listen', '--json', '--count', '6', '--no-reconnect'], server);
  expect(ended.exitCode, ended.stderr).toBe(0);
  await server.done;
  expect(told).toEqual(['old@localhost/x', 'new@localhost/x', 'newer@localhost/x']);
});
