/** CASES B: servers that lie while we log in, and those that say no. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ErrorKind, errorKinds } from '../../src/errors.ts';
import { Scram } from '../../src/session/sasl/scram.ts';
import { failure, open, password, refused, run, welcomesBriefly } from '../support/attempt.ts';
import { temporaryDirectory } from '../support/daemon.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { type Mangle, SASL } from '../support/scram-server.ts';
import { type Script, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { xmppctl } from '../support/xmppctl.ts';

const send = ['send', 'bob@localhost', 'hello'];

/** Up to the features; then the script goes on. */
const offering =
  (mechanisms: readonly string[], script: Script): Script =>
  async (peer, number) => {
    await peer.header();
    await peer.features(mechanismsFeature(mechanisms));
    await script(peer, number);
  };

const lies =
  (mangle: Mangle): Script =>
  async (peer) => {
    expect(await peer.login({ password, mangle })).toBe(false);
    await peer.gone();
  };

const attempts = (server: ScriptedServer): number =>
  server.transcripts.map(({ plain, tls }) => (plain + tls).split('<auth').length - 1).reduce((sum, n) => sum + n, 0);

describe('a server that offers only PLAIN', () => {
  const plain = offering(['PLAIN'], (peer) => peer.gone());

  test('does not get the password', async () => {
    const server = await refused({ tls: 'direct' }, plain, { kind: 'insecure', message: /only offers PLAIN/ });
    expect(attempts(server)).toBe(0);
  });

  test('gets it where the account allows that, over TLS', async () => {
    const script = offering(['PLAIN'], async (peer) => {
      const { text } = await peer.next('auth');
      expect(Buffer.from(text, 'base64').toString()).toBe(`\0alice\0${password}`);
      await peer.send(`<failure xmlns='${SASL}'><account-disabled/></failure>`);
      await peer.gone();
    });
    await refused({ tls: 'direct' }, script, { kind: 'noperm' }, { allowPlain: true });
  });

  test('does not get it in clear, whatever is allowed', async () => {
    const where = { allowPlain: true, insecureNoTls: true };
    const server = await refused({ tls: 'none' }, plain, { kind: 'insecure' }, where);
    expect(attempts(server)).toBe(0);
  });

  test('does not get it from whoever takes any key', async () => {
    const script = offering(['PLAIN'], async (peer) => {
      if ((await peer.any()).name === 'auth') await peer.send(`<failure xmlns='${SASL}'><not-authorized/></failure>`);
      await peer.gone();
    });
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const result = await run(['login', 'alice@localhost', '--trust-on-first-use'], server, { allowPlain: true });
    expect([result.exitCode, result.stderr]).toEqual([80, expect.stringContaining('--pin')]);
    expect(attempts(server)).toBe(0);
  });

  test('does not get it for no account either', async () => {
    const script = offering(['ANONYMOUS', 'PLAIN', 'X-UNKNOWN'], (peer) => peer.gone());
    await refused({ tls: 'direct' }, script, { kind: 'insecure' });
  });
});

describe('a server that does not know the password', () => {
  test.each<[string, Mangle]>([
    ['signs wrongly', { verifier: Buffer.alloc(32).toString('base64') }],
    ['signs with too little', { verifier: 'AAAA' }],
    ['does not sign', { verifier: '' }],
    ['makes up a nonce', { nonce: 'mine' }],
    ['sends no salt', { salt: '' }],
    ['asks for one round', { iterations: 1 }],
    ['asks for one round too few', { iterations: 4095 }],
    ['asks for fifty million rounds', { iterations: 50_000_000 }],
    ['asks for no number of rounds', { iterations: '1e5' }],
    ['wants an extension', { extension: 'm=later' }],
  ])('is found out when it %s', async (what, mangle) => {
    const started = performance.now();
    const server = await refused({ tls: 'direct' }, lies(mangle), {
      kind: 'insecure',
      message: /^(xmppctl: )?not logging in/,
      inProcessOnly: !['signs wrongly', 'asks for fifty million rounds'].includes(what),
    });
    expect(performance.now() - started).toBeLessThan(3000);
    expect(attempts(server)).toBe(server.connections);
  });

  test('costs next to nothing to refuse', async () => {
    const scram = new Scram({ hash: 'SHA-512', username: 'alice', password, binding: 'n', nonce: 'abc' });
    const { user } = process.cpuUsage();
    for (const bad of ['r=abcd,s=AAAA,i=50000000', 'r=abcd,s=AAAA,i=1', 'r=x,s=AAAA,i=4096', 'nonsense', '']) {
      expect((await failure(scram.final(bad))).kind).toBe('insecure');
    }
    expect(process.cpuUsage().user - user).toBeLessThan(100_000);
  });

  test('cannot hold us beyond the deadline with rounds that are allowed', async () => {
    const script: Script = async (peer) => {
      await peer.login({ password, mangle: { iterations: 9_999_999 } });
      await peer.gone();
    };
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const result = await run(send, server, { seconds: 1 });
    expect([75, 80]).toContain(result.exitCode);
  });
});

describe('a server that says no', () => {
  const says = (condition: string, text?: string): Script => {
    return async (peer) => {
      await peer.login({ password, error: condition, ...(text === undefined ? {} : { errorText: text }) });
      await peer.gone();
    };
  };

  test.each<[string, ErrorKind]>([
    ['temporary-auth-failure', 'tempfail'],
    ['account-disabled', 'noperm'],
    ['credentials-expired', 'noperm'],
    ['encryption-required', 'insecure'],
    ['mechanism-too-weak', 'insecure'],
    ['invalid-authzid', 'noperm'],
    ['never-heard-of', 'protocol'],
  ])('(%s) is understood', async (condition, kind) => {
    const inProcessOnly = !['temporary-auth-failure', 'account-disabled', 'never-heard-of'].includes(condition);
    const server = await refused({ tls: 'direct' }, says(condition), { kind, inProcessOnly });
    expect(attempts(server)).toBe(server.connections);
  });

  test.each([
    ['send', send],
    ['listen', ['listen']],
  ])('is asked once, not again and again (%s)', async (_name, args) => {
    await using server = await scriptedServer({ tls: 'direct' }, says('not-authorized'));
    const result = await run(args, server);
    expect([result.exitCode, result.stdout, server.connections, attempts(server)]).toEqual([77, '', 1, 1]);
  });

  test('loses us no stored password', async () => {
    const home = await temporaryDirectory('home');
    await using good = await scriptedServer({ tls: 'direct' }, welcomesBriefly());
    expect((await run(['login', 'alice@localhost', '--store', 'file'], good, { home })).exitCode).toBe(0);
    const secrets = join(home, '.local/state/xmppctl/secrets.json');
    const before = await readFile(secrets, 'utf8');
    await using bad = await scriptedServer({ tls: 'direct' }, says('not-authorized'));
    expect((await run(send, bad, { home, password: '' })).exitCode).toBe(77);
    expect(await readFile(secrets, 'utf8')).toBe(before);
    expect((await xmppctl(['accounts', '--json'], { home })).json()).toMatchObject([{ secret: 'file' }]);
  });

  test('in words is quoted briefly and harmlessly', async () => {
    await using server = await scriptedServer(
      { tls: 'direct' },
      says('not-authorized', `no\u202e&#x9b;31m${'x'.repeat(5000)}`),
    );
    const result = await run([...send, '--json'], server);
    const { error } = JSON.parse(result.stderr);
    expect(error).toMatchObject({ exit: 77, condition: 'not-authorized' });
    expect(error.message.length).toBeLessThan(400);
    expect((await run(send, server)).stderr).toContain('no<U+202E>\\x9b31m');
  });

  test('with a name as long as a book says it shortly', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, says('x'.repeat(100_000)));
    const [text, json] = [await run(send, server), await run([...send, '--json'], server)];
    expect(text.exitCode).toBe(errorKinds.protocol.exit);
    expect(Math.max(text.stderr.length, json.stderr.length)).toBeLessThan(2000);
  });
});

describe('a login out of order', () => {
  const challenge = (data: string) => `<challenge xmlns='${SASL}'>${Buffer.from(data).toString('base64')}</challenge>`;

  test.each<[string, (peer: Peer) => Promise<unknown>]>([
    ['success before we said anything', (peer) => peer.send(`<success xmlns='${SASL}'/>`)],
    [
      'success at once',
      async (peer) => {
        await peer.next('auth');
        await peer.send(`<success xmlns='${SASL}'/>`);
      },
    ],
    [
      'continue',
      async (peer) => {
        await peer.next('auth');
        await peer.send(`<continue xmlns='urn:xmpp:sasl:2'><tasks/></continue>`);
      },
    ],
    [
      'a stanza',
      async (peer) => {
        await peer.next('auth');
        await peer.send('<message><body>hello</body></message>');
      },
    ],
    [
      'a challenge in another namespace',
      async (peer) => {
        await peer.next('auth');
        await peer.send("<challenge xmlns='evil'/>");
      },
    ],
    [
      'a challenge behind the success',
      async (peer) => {
        await peer.scram({ password }).catch(() => {});
      },
    ],
  ])('(%s) ends it', async (what, step) => {
    const script = offering(['SCRAM-SHA-256'], async (peer) => {
      if (what.includes('behind')) {
        const send = peer.send.bind(peer);
        peer.send = (data) => send(`${data}`.includes('<success') ? `${data}${challenge('again')}` : data);
      }
      await step(peer);
      await peer.gone();
    });
    const inProcessOnly = what !== 'success at once';
    const server = await refused({ tls: 'direct' }, script, { kind: 'protocol', inProcessOnly });
    for (const { tls } of server.transcripts) expect(tls).not.toMatch(/<iq/);
  });

  test('a resource that belongs to another account is not ours', async () => {
    for (const jid of ['mallory@localhost/x', 'alice@attacker.test/x', 'alice@localhost/', '@/x']) {
      await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
        await peer.login({ password, jid });
        await peer.gone();
      });
      expect((await failure(open(server))).kind).toBe('protocol');
    }
  });
});
