// What a listener says that it can do: to those who may send files, by a hash that fits (XEP-0115; CASES 37 is for others').
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aliceAt, password } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { listening } from '../support/listening.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const CAPS = 'http://jabber.org/protocol/caps';
const DISCO = 'http://jabber.org/protocol/disco#info';

let inbox: string;
beforeEach(async () => {
  inbox = await temporaryDirectory('inbox');
});
afterEach(() => removeDirectory(inbox));

/** The first presence of a listener, and its answers to who asks what it can do, at that node. */
async function abilities(args: readonly string[], questions: readonly (readonly [from: string, node: string])[] = []) {
  let presence: XmlElement | undefined;
  const answers: XmlElement[] = [];
  let allAnswered = (): void => {};
  const answered = new Promise<void>((resolve) => {
    allAnswered = resolve;
  });
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => {
      if (stanza.attrs.id?.startsWith('ask-')) answers.push(stanza);
      if (answers.length === questions.length && presence) allAnswered();
      if (stanza.name !== 'presence') return undefined;
      presence = stanza;
      const ver = stanza.child('c', CAPS)?.attrs;
      const asked = questions.map(([from, node], index) => {
        const where = node.replace('VER', `${ver?.node}#${ver?.ver}`);
        const query = `<query xmlns='${DISCO}'${where === '' ? '' : ` node='${where}'`}/>`;
        return `<iq type='get' id='ask-${index}'${from === '' ? '' : ` from='${from}'`} to='${peer.jid}'>${query}</iq>`;
      });
      if (asked.length === 0) allAnswered();
      return asked.join('');
    });
  });
  await using _listener = await listening(['--json', ...args], { env: aliceAt(server) });
  await answered;
  return { caps: presence?.child('c', CAPS), answers };
}

/** Section 5.1, as those count who want to know whether the hash is true. */
function hashOf(query: XmlElement): string {
  const named = (name: string) => query.elements.filter((element) => element.name === name);
  const identities = named('identity').map(({ attrs }) => `${attrs.category}/${attrs.type}//${attrs.name}<`);
  const features = named('feature').map(({ attrs }) => `${attrs.var}<`);
  return createHash('sha1')
    .update([...identities.sort(), ...features.sort()].join(''))
    .digest('base64');
}

test('who takes files says so in its presence, and what it answers fits that', async () => {
  const { caps, answers } = await abilities(
    ['--download', inbox, '--accept-from', 'bob@localhost'],
    [
      ['bob@localhost/phone', ''],
      ['bob@localhost/phone', 'VER'],
      ['alice@localhost', 'VER'],
      ['localhost', 'VER'],
      ['', 'VER'],
    ],
  );
  expect(caps?.attrs).toMatchObject({ hash: 'sha-1' });
  for (const [index, answer] of answers.entries()) {
    expect(answer.attrs.type).toBe('result');
    const query = answer.child('query', DISCO);
    expect(query?.attrs.node).toBe(index === 0 ? undefined : `${caps?.attrs.node}#${caps?.attrs.ver}`);
    expect(query && hashOf(query)).toBe(caps?.attrs.ver);
  }
});

test('nobody else is answered, and no other node', async () => {
  const { answers } = await abilities(
    ['--download', inbox, '--accept-from', 'bob@localhost'],
    [
      ['mallory@localhost/x', ''],
      ['mallory@localhost/x', 'VER'],
      ['evil.test', 'VER'],
      ['bob@localhost/phone', 'VERx'],
    ],
  );
  expect(answers.map(({ attrs }) => attrs.type)).toEqual(answers.map(() => 'error'));
});

test.each([[[]], [['--download', '.', '--download-from', 'bob@localhost']]])(
  'who takes no files offers nothing: listen %j',
  async (args) => {
    const { caps } = await abilities(args);
    expect(caps).toBeUndefined();
  },
);
