// What listen has printed is not delivered again: its last word to the server is how many stanzas it has taken.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', 'secret');
    await server.register('bob', 'secret');
  });
  afterAll(() => server.stop());

  test('a message that listen --count 1 has printed does not come again', async () => {
    const bob = at(server, 'bob', 'secret');
    expect(await xmppctl(['send', 'bob@localhost', 'one'], { env: at(server, 'alice', 'secret') })).toMatchObject({
      exitCode: 0,
    });
    const first = await xmppctl(['listen', '--count', '1', '--json'], { env: bob });
    expect(first.json()).toMatchObject({ body: 'one' });
    expect(await xmppctl(['listen', '--once', '--json'], { env: bob })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('what listen --once has printed does not come again', async () => {
    const bob = at(server, 'bob', 'secret');
    const sent = await xmppctl(['send', 'bob@localhost', '--lines'], {
      env: at(server, 'alice', 'secret'),
      input: 'two\nthree\n',
    });
    expect(sent).toMatchObject({ exitCode: 0 });
    const first = await xmppctl(['listen', '--once', '--json'], { env: bob });
    expect(first.lines().map((line) => JSON.parse(line).body)).toEqual(['two', 'three']);
    expect(await xmppctl(['listen', '--once', '--json'], { env: bob })).toMatchObject({ exitCode: 0, stdout: '' });
  });
});
