// One account under both spellings of its domain, and contacts whose names are not what they look like.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

describe.each(servers)('%s', (_kind, start) => {
  const unicode = 'alice@bücher.test';
  const ascii = 'Alice@XN--BCHER-KVA.test';
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start({ domain: 'bücher.test', without: ['upload', 'proxy', 'muc'] });
    home = await temporaryDirectory('home');
    await server.register('alice', 'secret');
  });
  afterAll(async () => {
    removeDirectory(home);
    await server.stop();
  });
  const run = (account: string, args: string[], input = '') =>
    xmppctl(args, { home, input, env: { ...at(server, account, '', 'starttls'), XMPPCTL_PASSWORD: undefined } });

  test('what is stored under one spelling is found and removed under the other', async () => {
    expect(await run(ascii, ['login', ascii, '--store', 'file', '--password-stdin'], 'secret\n')).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
    });
    expect(await run(unicode, ['contacts'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(unicode, ['accounts', '--json'])).json()).toMatchObject([
      { jid: unicode, jidAscii: 'alice@xn--bcher-kva.test', secret: 'file' },
    ]);
  });

  test('a contact is one contact, however their domain is written, and a look-alike is marked', async () => {
    for (const jid of ['bob@bücher.test', 'bob@xn--bcher-kva.test', 'BOB@BÜCHER.test', 'b\u043eb@bücher.test']) {
      expect(await run(ascii, ['add', jid])).toMatchObject({ exitCode: 0, stderr: '' });
    }
    expect((await run(unicode, ['contacts', '--json'])).json()).toMatchObject([
      { jid: 'bob@bücher.test', jidAscii: 'bob@xn--bcher-kva.test' },
      { jid: 'b\u043eb@bücher.test', jidAscii: 'b%D0%BEb@xn--bcher-kva.test' },
    ]);
    expect((await run(unicode, ['contacts'])).stdout).toContain('b\u043eb@bücher.test (b%D0%BEb@xn--bcher-kva.test)');
  });

  test('the account can be deleted under either spelling', async () => {
    expect(await run(unicode, ['delete', '--confirm', ascii])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(unicode, ['accounts', '--json'])).json()).toEqual([]);
  });
});
