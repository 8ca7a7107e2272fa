import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeStored } from '../../src/account/file-store.ts';
import { passwordService } from '../../src/account/keychain.ts';
import { findPassword, type PasswordRequest } from '../../src/account/secrets.ts';
import { failureOf, fakeKeychain, fakePaths, fakeSystem, request, temporaryDir } from './fake-system.ts';

/** A request in which every source of SPEC 2 has a password of its own. */
async function allSources(): Promise<PasswordRequest> {
  const dir = temporaryDir();
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const credentials = join(dir, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'xmppctl.alice@example.org'), 'credential-jid\n');
  writeFileSync(join(credentials, 'xmppctl.password'), 'credential-any\n');
  const system = fakeSystem(
    {
      XMPPCTL_PASSWORD_FILE: file('env', 'env-file\n'),
      XMPPCTL_PASSWORD_COMMAND: 'echo env-command',
      XMPPCTL_PASSWORD: 'env-value',
      CREDENTIALS_DIRECTORY: credentials,
    },
    { terminal: true },
  );
  system.stdin.write('typed\r');
  const keychain = fakeKeychain();
  keychain.items.set(`${passwordService} alice@example.org`, 'from-keychain');
  const paths = fakePaths();
  await writeStored(paths, 'alice@example.org', 'from-file-store');
  const options = { passwordFile: file('option', 'option-file\n') };
  return request({ system, options, keychain, paths, settings: { passwordCommand: 'echo config-command' } });
}

describe('the order of the sources', () => {
  test('each source is asked when all before it are absent', async () => {
    const all = await allSources();
    const { env } = all.system;
    const without = (variable: string) => (now: PasswordRequest) => {
      delete env[variable];
      return now;
    };
    const steps: readonly (readonly [password: string, removeIt: (now: PasswordRequest) => PasswordRequest])[] = [
      ['option-file', (now) => ({ ...now, options: {} })],
      ['env-file', without('XMPPCTL_PASSWORD_FILE')],
      ['env-command', without('XMPPCTL_PASSWORD_COMMAND')],
      // The value was taken out of the environment by the first call, so from here on it is another System.
      ['env-value', (now) => ({ ...now, system: { ...now.system, env: { ...env } } })],
      [
        'credential-jid',
        (now) => ({
          ...now,
          jid: { ...now.jid, bare: 'alice@other.example' },
          system: { ...now.system, env: { ...env } },
        }),
      ],
      [
        'credential-any',
        (now) => ({ ...now, jid: all.jid, system: { ...now.system, env: { HOME: env.HOME, PATH: env.PATH } } }),
      ],
      ['config-command', (now) => ({ ...now, settings: {} })],
      ['from-keychain', (now) => ({ ...now, settings: { secret: 'file' } })],
      ['from-file-store', (now) => ({ ...now, settings: {}, keychain: fakeKeychain() })],
      ['typed', (now) => ({ ...now, noInput: true })],
    ];
    let now = all;
    for (const [password, remove] of steps) {
      expect((await findPassword(now)).password).toBe(password);
      now = remove(now);
    }
    expect(await failureOf(now)).toMatchObject({ kind: 'config', exit: 78 });
  });

  test.each([
    [{ passwordStdin: true, passwordFile: '/x' }, '--password-stdin and --password-file'],
    [{ passwordFile: '/x', passwordCommand: 'x' }, '--password-file and --password-command'],
  ])('two of the three options are refused', async (options, names) => {
    const error = await failureOf(request({ options }));
    expect(error.kind).toBe('usage');
    expect(error.message).toContain(names);
  });

  test('the keychain is not asked when something more certain has the password, nor for an account of the file store', async () => {
    const keychain = fakeKeychain('hangs');
    await findPassword(request({ keychain, system: fakeSystem({ XMPPCTL_PASSWORD: 'x' }) }));
    const paths = fakePaths();
    await writeStored(paths, 'alice@example.org', 'x');
    await findPassword(request({ keychain, paths, settings: { secret: 'file' } }));
    expect(keychain.asked).toBe(0);
  });

  test('a new login takes no stored password', async () => {
    const all = await allSources();
    const wanted = { ...all, options: {}, stored: false, system: { ...all.system, env: {} } };
    expect(await findPassword(wanted)).toEqual({ password: 'typed', source: 'prompt' });
  });

  test('the file store is only for accounts that were logged in with --store file', async () => {
    const paths = fakePaths();
    await writeStored(paths, 'alice@example.org', 'x');
    expect((await failureOf(request({ paths }))).message).not.toContain('file store');
  });
});

describe('XMPPCTL_PASSWORD', () => {
  test('leaves the environment, also when another source wins', async () => {
    const system = fakeSystem({ XMPPCTL_PASSWORD: 'secret' });
    await findPassword(request({ system, options: { passwordCommand: 'echo other' } }));
    expect(system.env).not.toHaveProperty('XMPPCTL_PASSWORD');
  });

  test('is still known when the same run asks again', async () => {
    const wanted = request({ system: fakeSystem({ XMPPCTL_PASSWORD: 'secret' }) });
    await findPassword(wanted);
    expect(await findPassword(wanted)).toEqual({ password: 'secret', source: 'XMPPCTL_PASSWORD' });
  });

  test('set to nothing is an error, not a reason to look elsewhere', async () => {
    const keychain = fakeKeychain();
    const error = await failureOf(request({ keychain, system: fakeSystem({ XMPPCTL_PASSWORD: '' }) }));
    expect(error.message).toContain('XMPPCTL_PASSWORD: it is empty');
    expect(keychain.asked).toBe(0);
  });
});

describe('when no source has a password', () => {
  test('the error lists what was tried and why, and the line for cron', async () => {
    const settings = { passwordCommand: 'exit 3', secret: 'keychain' } as const;
    const error = await failureOf(request({ settings, keychain: fakeKeychain('no session bus (D-Bus)') }));
    expect(error.kind).toBe('config');
    const lines = error.message.split('\n');
    expect(lines[0]).toBe('no password for alice@example.org. Tried:');
    expect(lines[1]).toMatch(/^ {2}"passwordCommand" of .*config\.json: exit status 3$/);
    expect(lines.slice(2)).toEqual([
      '  keychain: no session bus (D-Bus)',
      '  prompt: standard input is not a terminal',
    ]);
    expect(error.hint).toContain("XMPPCTL_PASSWORD_COMMAND='pass show xmpp/alice' xmppctl");
  });

  test('a keychain that should have it and does not is locked, or the entry is gone', async () => {
    const error = await failureOf(request({ settings: { secret: 'keychain' } }));
    expect(error.message).toContain('keychain: locked, or its entry is gone');
  });

  test('what comes after the time is up is not asked', async () => {
    const keychain = fakeKeychain();
    const settings = { passwordCommand: 'sleep 60' };
    const error = await failureOf(request({ keychain, settings, deadlineMs: 200 }));
    expect(error.message).toContain('it did not end in time and was killed');
    expect(error.message).toContain('keychain: not asked, the time was up');
    expect(keychain.asked).toBe(0);
  });

  test('an interrupted search asks nobody else', async () => {
    const stop = new AbortController();
    const wanted = request({ settings: { passwordCommand: 'sleep 60' }, signal: stop.signal });
    const failure = failureOf(wanted);
    stop.abort();
    expect((await failure).message).toContain('interrupted');
  });
});
