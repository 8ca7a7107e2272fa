// Answers longer than a stanza may be: wanted when they answer us, within bounds (CASES 28), and else refused.
import { describe, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { type Answer, type Peer, result } from '../support/peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

/** Some 1.4 MB. */
const contactCount = 15_000;
const items = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => `<item jid='contact${n}@localhost' subscription='both' name='Contact ${n}'/>`,
  ).join('');
const roster = (count: number): string => `<query xmlns='jabber:iq:roster'>${items(count)}</query>`;
const isGet = (iq: XmlElement, name: string, namespace: string): boolean =>
  iq.attrs.type === 'get' && iq.child(name, namespace) !== undefined;
const isRosterGet = (iq: XmlElement): boolean => isGet(iq, 'query', 'jabber:iq:roster');

async function attempt(args: readonly string[], handler: (element: XmlElement, peer: Peer) => Answer) {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session(handler);
  });
  return await run([...args, '--json'], server, { seconds: 10 });
}

describe('what is long', () => {
  test('a contact list does not end listen, which answers the last contact', async () => {
    let receipts = 0;
    const ended = await attempt(['listen', '--count', '1', '--no-reconnect'], (element) => {
      if (element.name === 'message' && element.child('received', 'urn:xmpp:receipts')) receipts += 1;
      const from = `contact${contactCount - 1}@localhost/x`;
      const message = `<message from='${from}' id='1'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>`;
      return isRosterGet(element) ? result(element, roster(contactCount)) + message : undefined;
    });
    expect(ended).toMatchObject({ exitCode: 0 });
    expect([ended.json<{ body: string }>().body, receipts]).toEqual(['hi', 1]);
  });

  test('a list of the blocked is printed whole', async () => {
    const ended = await attempt(['block'], (element) =>
      isGet(element, 'blocklist', 'urn:xmpp:blocking')
        ? result(element, `<blocklist xmlns='urn:xmpp:blocking'>${items(contactCount)}</blocklist>`)
        : undefined,
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.json<unknown[]>()).toHaveLength(contactCount);
  });

  test('but without end is refused: 76', async () => {
    const ended = await attempt(['block'], (element) =>
      isGet(element, 'blocklist', 'urn:xmpp:blocking')
        ? result(element, `<blocklist xmlns='urn:xmpp:blocking'>${items(250_000)}</blocklist>`)
        : undefined,
    );
    expect([ended.exitCode, ended.stdout]).toEqual([76, '']);
  });

  test.each([
    ['somebody else', " from='mallory@localhost'"],
    ['nobody whom we asked', " id='other'"],
  ])('but from %s is refused: 76', async (_who, attribute) => {
    const ended = await attempt(['listen', '--count', '1', '--no-reconnect'], (element) => {
      const id = attribute.includes('id=') ? '' : ` id='${element.attrs.id}'`;
      return isRosterGet(element) ? `<iq type='result'${id}${attribute}>${roster(contactCount)}</iq>` : undefined;
    });
    expect([ended.exitCode, ended.stdout]).toEqual([76, '']);
  });
});
