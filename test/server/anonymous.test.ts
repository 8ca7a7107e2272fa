// An account that is a domain alone: nobody in particular, where the server lets such in (SASL ANONYMOUS).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerOptions, startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const anonymous: readonly [string, (options: ServerOptions) => Promise<XmppServer>, ServerOptions][] = [
  ['prosody', startProsody, { extraConfig: 'VirtualHost "anon.test"\n  authentication = "anonymous"' }],
  [
    'ejabberd',
    startEjabberd,
    {
      extraDomains: ['anon.test'],
      extraConfig: 'host_config: {"anon.test": {"auth_method": "anonymous", "anonymous_protocol": "sasl_anon"}}',
    },
  ],
];

describe.each(anonymous)('on %s', (_kind, start, options) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start({ ...options, extraDomains: options.extraDomains ?? [] });
    await server.register('bob', 'secret');
  });
  afterAll(() => server.stop());
  const nobody = (domain: string) => {
    const { XMPPCTL_PASSWORD: _none, ...env } = at(server, 'nobody', '');
    return { ...env, XMPPCTL_ACCOUNT: domain, XMPPCTL_PIN: server.certificate.spkiPin };
  };

  test('--account with a domain alone logs in without a password', async () => {
    const result = await xmppctl(['send', 'nobody@anon.test', 'hi', '--verbose'], { env: nobody('anon.test') });
    expect(result.stderr).toContain('logged in with ANONYMOUS');
    expect(result.exitCode).toBe(67);
  });

  test('where the server wants a name it is 77, and the hint says so', async () => {
    const result = await xmppctl(['send', 'bob@localhost', 'hi'], { env: nobody('localhost') });
    expect(result).toMatchObject({ exitCode: 77, stdout: '' });
    expect(result.stderr).toBe(
      'xmppctl: the server allows no anonymous login\n  Give a JID with a name: alice@example.org.\n',
    );
  });
});
