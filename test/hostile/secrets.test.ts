/** CASES group H (secrets and local trust), as far as no server is needed. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAccounts } from '../../src/account/accounts.ts';
import { loadConfig } from '../../src/account/config.ts';
import { writeStored } from '../../src/account/file-store.ts';
import { createKeychain } from '../../src/account/keychain.ts';
import type { Paths } from '../../src/account/paths.ts';
import { findPassword } from '../../src/account/secrets.ts';
import { asXmppctlError } from '../../src/errors.ts';
import { parseJid } from '../../src/xmpp/jid.ts';
import {
  errorOf,
  failureOf,
  fakeKeychain,
  fakePaths,
  fakeSystem,
  request,
  temporaryDir,
} from '../account/fake-system.ts';

function withConfig(text: string, mode: number): Paths {
  const paths = fakePaths();
  mkdirSync(paths.configDir, { recursive: true, mode: 0o700 });
  writeFileSync(paths.configFile, text);
  chmodSync(paths.configFile, mode);
  return paths;
}

describe('68: a password is never in the process list', () => {
  test('while it is stored, looked up and used, no command line on this machine has it', async () => {
    const password = 'n0t-in-the-pr0cess-list';
    const system = fakeSystem({ XDG_RUNTIME_DIR: '/nonexistent' });
    // A bus that is never probed, so that the child with keytar really starts; it fails there, which is all the same.
    system.env.DBUS_SESSION_BUS_ADDRESS = 'tcp:host=127.0.0.1,port=1';
    const keychain = createKeychain(system);
    const stored = keychain.set('xmppctl', 'a@b', password).catch(() => undefined);
    const file = join(temporaryDir(), 'password');
    writeFileSync(file, password, { mode: 0o600 });
    const found = findPassword(request({ system, options: { passwordCommand: `sleep 0.2; cat ${file}` } }));
    let running = true;
    const both = Promise.all([stored, found]).finally(() => {
      running = false;
    });
    let samples = 0;
    while (running) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        for (const part of ['cmdline', 'environ']) expect(readProc(`/proc/${pid}/${part}`)).not.toContain(password);
      }
      samples++;
      await new Promise(setImmediate);
    }
    expect((await both)[1].password).toBe(password);
    expect(samples).toBeGreaterThan(3);
  });
});

describe('69: what others can read or change is refused, with the line that mends it', () => {
  test('a configuration that others can read and that holds a password', async () => {
    const paths = withConfig('{"accounts":{"a@b":{"password":"s3cret"}}}', 0o644);
    const error = await errorOf(loadConfig(paths));
    expect(error).toMatchObject({ exit: 78, hint: `Run: chmod 600 ${paths.configFile}` });
  });

  test('one that others can read but that holds nothing secret is fine', async () => {
    await loadConfig(withConfig('{"accounts":{"a@b":{"server":"x"}}}', 0o644));
  });

  test.each([0o620, 0o602, 0o666])('a configuration that others can write (%o)', async (mode) => {
    const paths = withConfig('{}', mode);
    expect(await errorOf(loadConfig(paths))).toMatchObject({ exit: 78, hint: `Run: chmod 600 ${paths.configFile}` });
  });

  test.each(['configDir', 'stateDir'] as const)('a %s that others can write', async (which) => {
    const paths = withConfig('{}', 0o600);
    mkdirSync(paths[which], { recursive: true });
    chmodSync(paths[which], 0o777);
    expect(await errorOf(loadConfig(paths))).toMatchObject({ exit: 78, hint: `Run: chmod 700 ${paths[which]}` });
    const accounts = createAccounts(fakeSystem(), paths, fakeKeychain());
    expect(await errorOf(accounts.storePassword(parseJid('a@b'), 's3cret', 'file'))).toMatchObject({ exit: 78 });
  });

  test('a link to a file of another user', async () => {
    const paths = fakePaths();
    let foreign = '/etc/passwd';
    if (process.getuid?.() === 0) {
      foreign = join(temporaryDir(), 'foreign');
      writeFileSync(foreign, '{}');
      chownSync(foreign, 65_534, 65_534);
    }
    mkdirSync(paths.configDir, { recursive: true, mode: 0o700 });
    symlinkSync(foreign, paths.configFile);
    const error = await errorOf(loadConfig(paths));
    expect(error.exit).toBe(78);
    expect(error.message).toContain('belongs to another user (uid ');
  });

  test('a file store that others can read', async () => {
    const paths = fakePaths();
    await writeStored(paths, 'alice@example.org', 's3cret');
    chmodSync(paths.secretsFile, 0o640);
    const error = await failureOf(request({ paths, settings: { secret: 'file' } }));
    expect(error.exit).toBe(78);
    expect(error.message).toContain(`Run: chmod 600 ${paths.secretsFile}`);
    expect(error.message).not.toContain('s3cret');
  });
});

describe('70: no error holds a secret', () => {
  test('neither text, nor cause, nor what a bug would print', async () => {
    const file = join(temporaryDir(), 'password');
    writeFileSync(file, 's3cret\0\n', { mode: 0o600 });
    const errors = [
      await failureOf(request({ options: { passwordCommand: 'echo s3cret; exit 1' } })),
      await failureOf(request({ options: { passwordFile: file } })),
      await failureOf(request({ system: fakeSystem({ XMPPCTL_PASSWORD: 's3cret\0' }) })),
      await errorOf(loadConfig(withConfig('{"password": s3cret}', 0o600))),
      await errorOf(createKeychain(brokenSystem()).set('xmppctl', 'a@b', 's3cret')),
    ];
    for (const error of errors.map(asXmppctlError)) {
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('s3cret');
      expect(error.kind).toBe('config');
    }
  });
});

describe('71, 72: no keychain', () => {
  test('no D-Bus: the other ways are named, in less than two seconds', async () => {
    const start = performance.now();
    const system = { ...fakeSystem({ XDG_RUNTIME_DIR: '/nonexistent' }), uid: 999_999, platform: 'linux' as const };
    const error = await failureOf(request({ system, keychain: createKeychain(system) }));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(error.exit).toBe(78);
    expect(error.message).toContain('keychain: no session bus (D-Bus)');
    expect(`${error.message} ${error.hint}`).toMatch(
      /--store file[\s\S]*XMPPCTL_PASSWORD_COMMAND[\s\S]*--password-file/,
    );
  });

  test('a child that cannot start: the reason, and no stack trace', async () => {
    const error = await failureOf(request({ keychain: createKeychain(brokenSystem()) }));
    expect(error.message).toContain('keychain: its helper process cannot be started (ENOENT)');
    expect(error.message).not.toContain('    at ');
  });
});

describe('73: one account, however it is written', () => {
  test('stored as Alice@Example.COM/x, used and forgotten as alice@example.com; others are not touched', async () => {
    const paths = fakePaths();
    const keychain = fakeKeychain();
    const accounts = createAccounts(fakeSystem(), paths, keychain);
    await accounts.storePassword(parseJid('Alice@Example.COM/x'), 'hers', 'keychain');
    await accounts.storePassword(parseJid('alice@example.co'), 'another', 'keychain');
    const find = (jid: string) =>
      findPassword(request({ jid: parseJid(jid), paths, keychain, settings: { secret: 'keychain' } }));
    expect((await find('alice@example.com')).password).toBe('hers');
    expect((await find('ALICE@example.com/phone')).password).toBe('hers');
    expect((await find('alice@example.co')).password).toBe('another');
    await accounts.forget(parseJid('aLICE@EXAMPLE.com'));
    await expect(find('alice@example.com')).rejects.toThrow('locked, or its entry is gone');
    expect((await find('alice@example.co')).password).toBe('another');
  });
});

/** A system on which the keychain's child cannot be started. */
function brokenSystem() {
  return { ...fakeSystem({ DBUS_SESSION_BUS_ADDRESS: 'tcp:host=127.0.0.1,port=1' }), execPath: '/nonexistent/node' };
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended, or is not ours
  }
}
