// --dry-run sends nothing; --trace shows everything but secrets.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { servers, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const password = 'hunter-2718';

describe.each(servers)('on %s', (_kind, start) => {
  let server: XmppServer;
  let home: string;
  beforeAll(async () => {
    server = await start();
    await server.register('alice', password);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    home = await temporaryDirectory('trace');
    return () => removeDirectory(home);
  });
  const env = () => at(server, 'alice', password);
  /** Base64 of anything that holds the password or proves it. */
  const proofs = /(?:SCRAM|<auth|<response|<challenge|<success)[^<]*>[A-Za-z0-9+/]{16,}={0,2}</;

  describe('--dry-run', () => {
    test.each([
      [
        'send',
        ['send', 'bob@localhost', 'hi & <bye>', '--id', 'x'],
        /^<message [^\n]*<body>hi &amp; &lt;bye&gt;<\/body>/,
      ],
      ['send to two', ['send', '--to', 'a@b', '--to', 'c@d', 'hi'], /^<message .*to="a@b".*\n<message .*to="c@d".*\n/],
      ['send --wait receipt', ['send', 'bob@localhost', 'hi', '--wait', 'receipt'], /urn:xmpp:receipts/],
      ['send --wait none', ['send', 'bob@localhost', 'hi', '--wait', 'none'], /^<message /],
      ['listen', ['listen'], /<presence\/>/],
    ])('%s prints its stanzas, connects to nobody, and is 0', async (_what, args, stanzas) => {
      await using proxy = await faultProxy(server.directTlsPort);
      const there = { ...env(), XMPPCTL_SERVER: `xmpps://127.0.0.1:${proxy.port}` };
      const result = await xmppctl([...args, '--dry-run'], { env: there, home });
      expect(result).toMatchObject({ stderr: '', exitCode: 0 });
      expect(result.stdout).toMatch(stanzas);
      expect(proxy.connections).toBe(0);
    });

    test('needs no password', async () => {
      const { XMPPCTL_PASSWORD: _password, ...without } = env();
      expect(await xmppctl(['send', 'bob@localhost', 'hi', '--dry-run'], { env: without })).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
    });

    test('login stores nothing and connects to nobody', async () => {
      const args = ['login', 'alice@localhost', '--store', 'file', '--dry-run'];
      expect(await xmppctl(args, { env: env(), home })).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
      expect((await xmppctl(['accounts', '--json'], { home })).json()).toEqual([]);
    });

    test('bad input is bad input: 65, 66 and 64 as without', async () => {
      for (const [args, exitCode] of [
        [['send', 'bob@localhost', 'a\u0001b'], 65],
        [['send', 'bob@localhost', ''], 66],
        [['send', '@@', 'x'], 64],
      ] as const) {
        expect(await xmppctl([...args, '--dry-run'], { env: env() })).toMatchObject({ exitCode, stdout: '' });
      }
    });
  });

  describe('--trace', () => {
    test('writes both directions to stderr, without what could log somebody in', async () => {
      const result = await xmppctl(['send', 'alice@localhost', 'hello', '--trace'], { env: env() });
      expect(result).toMatchObject({ exitCode: 0, stdout: '' });
      expect(result.stderr).toMatch(/>> <auth .*\[redacted\]/);
      expect(result.stderr).toMatch(/>> <message .*hello/);
      expect(result.stderr).toMatch(/<< <features /);
      expect(result.stderr).not.toMatch(proofs);
      expect(result.stderr).not.toContain(password);
    });

    test('not to a file that others can read: 73', async () => {
      const file = join(home, 'open.xml');
      await writeFile(file, '', { mode: 0o644 });
      const result = await xmppctl(['send', 'alice@localhost', 'hi', '--trace', file], { env: env() });
      expect([result.exitCode, await readFile(file, 'utf8')]).toEqual([73, '']);
      expect(result.stderr).toContain(`chmod 600 ${file}`);
    });

    test('to a file that only the user can read, added at its end', async () => {
      const file = join(home, 'trace.xml');
      for (const body of ['one', 'two']) {
        const args = ['send', 'alice@localhost', body, `--trace=${file}`];
        expect(await xmppctl(args, { env: env() })).toMatchObject({ exitCode: 0, stderr: '' });
      }
      const text = await readFile(file, 'utf8');
      expect(text).toMatch(/>> <message .*one.*>> <message .*two/s);
      expect(text).not.toMatch(proofs);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    });

    test('of a registration shows no password', async () => {
      const result = await xmppctl(['register', 'new@localhost', '--trace'], { env: env() });
      expect(result.exitCode).toBe(0);
      expect(result.stderr).toContain('jabber:iq:register');
      expect(result.stderr).not.toContain(password);
    });

    test('where no file can be written: 73, before anything connects', async () => {
      const args = ['send', 'alice@localhost', 'hi', `--trace=${join(home, 'none', 'trace.xml')}`];
      expect(await xmppctl(args, { env: env() })).toMatchObject({ exitCode: 73, stdout: '' });
    });
  });
});
