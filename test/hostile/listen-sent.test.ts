// What other devices of the account send is theirs: listen tells of it with --sent and not without.
import { expect, test } from 'vitest';
import { run, says } from '../support/attempt.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const copy = (inner: string) =>
  `<message from='alice@localhost' to='alice@localhost/here'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>` +
  `<message xmlns='jabber:client' from='alice@localhost/phone' to='bob@localhost' type='chat' id='m2'>${inner}</message></forwarded></sent></message>`;
const copies = [
  "<received xmlns='urn:xmpp:receipts' id='m1'/>",
  "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>",
  "<x xmlns='jabber:x:conference' jid='hall@rooms.localhost'/>",
  "<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>x</reaction></reactions>",
  "<body>better</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>",
  "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>",
].map(copy);
const end = "<message from='bob@localhost/x' type='chat'><body>end</body></message>";

async function listen(...args: string[]): Promise<string[]> {
  await using server = await scriptedServer({ tls: 'direct' }, says([...copies, end].join('')));
  const options = ['--json', '--receipts', 'none', '--events', 'all', ...args];
  const result = await run(['listen', ...options], server, { seconds: 15 });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  const events = result.lines().map((line) => JSON.parse(line) as { event: string; body?: string });
  return events.flatMap(({ event, body }) => (event === 'connection' ? [] : [body ?? event]));
}

test('without --sent no copy of a receipt, an invitation or a correction is told as if it were for us', async () => {
  expect(await listen('--count', '1')).toEqual(['end']);
});

test('with --sent all of it is told', async () => {
  const all = ['receipt', 'displayed', 'invite', 'reaction', 'better', 'better', 'retraction', 'end'];
  expect(await listen('--sent', '--count', '2')).toEqual(all);
});
