// Registration where only those who are invited may register (XEP-0445).
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEjabberd, startProsody, type XmppServer } from '../support/servers.ts';
import { at, xmppctl } from '../support/xmppctl.ts';

const run = promisify(execFile);
const domain = 'invited.test';

describe('prosody with invitations', () => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await startProsody({
      extraDomains: [domain],
      extraConfig: `VirtualHost "${domain}"\n  modules_enabled = { "invites"; "invites_register" }\n  registration_invite_only = true`,
    });
  });
  afterAll(() => server.stop());

  const invitation = async (): Promise<string> => {
    const config = join(server.dir, 'prosody.cfg.lua');
    const { stdout } = await run('prosodyctl', ['--config', config, 'mod_invites', 'generate', domain], {
      env: { PATH: process.env.PATH, HOME: server.dir },
    });
    return /xmpp:\S+/.exec(stdout)?.[0] ?? stdout;
  };
  const register = (name: string, ...more: string[]) => {
    const jid = `${name}@${domain}`;
    return xmppctl(['register', jid, ...more], { env: at(server, jid, 'secret') });
  };

  test('an invitation opens the door once', async () => {
    expect((await register('alice')).exitCode).not.toBe(0);
    const uri = await invitation();
    expect(await register('alice', '--invite', uri)).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await xmppctl(['contacts'], { env: at(server, `alice@${domain}`, 'secret') })).exitCode).toBe(0);
    const again = await register('bob', '--invite', uri);
    expect(again).toMatchObject({ exitCode: 77 });
    expect(again.stderr).toContain('the server does not take the invitation');
  });

  test('one for somewhere else, or none at all, is not sent', async () => {
    for (const uri of ['xmpp:example.org?register;preauth=T', `xmpp:bob@${domain}?register;preauth=T`, 'https://x/y']) {
      const refused = await register('alice', '--invite', uri, '--trace');
      expect(refused).toMatchObject({ exitCode: 64, stdout: '' });
      expect(refused.stderr).not.toContain('>>');
    }
  });
});

test('a server that knows no invitations: 69, and nothing is registered', async () => {
  await using server = await startEjabberd();
  const jid = `alice@${server.domain}`;
  const uri = `xmpp:${server.domain}?register;preauth=TOKEN`;
  const refused = await xmppctl(['register', jid, '--invite', uri], { env: at(server, jid, 'secret') });
  expect(refused).toMatchObject({ exitCode: 69, stdout: '' });
  expect((await xmppctl(['contacts'], { env: at(server, jid, 'secret') })).exitCode).toBe(77);
});
