// The last activity (XEP-0012) of somebody online is that of the device: some servers tell of the time before.
import { expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { result } from '../support/peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const bob = "<query xmlns='jabber:iq:roster'><item jid='bob@localhost' subscription='both'/></query>";
const last = (seconds: number, status = '') => `<query xmlns='jabber:iq:last' seconds='${seconds}'>${status}</query>`;

/** What the server and the device tell; undefined: it refuses to. */
async function lastActivity(presence: string, ofAccount: number, ofDevice?: number): Promise<unknown> {
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((element) => {
      if (element.name === 'presence') return presence;
      const asked = element.attrs.type === 'get' ? element.elements[0]?.ns : undefined;
      if (asked === 'jabber:iq:roster') return result(element, bob);
      if (asked !== 'jabber:iq:last') return undefined;
      if (element.attrs.to === 'bob@localhost') return result(element, last(ofAccount, 'gone home'));
      return ofDevice === undefined ? undefined : result(element, last(ofDevice));
    });
  });
  const outcome = await run(['info', 'bob@localhost', '--json'], server);
  return outcome.json<{ lastActivity: unknown }>().lastActivity;
}

const phone = "<presence from='bob@localhost/phone'/>";
test.each([
  ['who is online', phone, 3600, 7, { seconds: 7, status: null }],
  ['who is online, and both say so', phone, 0, 7, { seconds: 7, status: null }],
  ['who is online, as only the server says', phone, 0, undefined, { seconds: 0, status: 'gone home' }],
  ['who is online and does not tell', phone, 3600, undefined, null],
  ['who is offline', '', 3600, undefined, { seconds: 3600, status: 'gone home' }],
])('of somebody %s', async (_who, presence, ofAccount, ofDevice, expected) => {
  expect(await lastActivity(presence, ofAccount, ofDevice)).toEqual(expected);
});
