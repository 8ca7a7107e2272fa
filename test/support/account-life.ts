/** Somebody whose password is stored, and the servers that they meet when they end the account or change the password. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { password, type RunOptions, run } from './attempt.ts';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import { mechanismsFeature, type Peer } from './peer.ts';
import { type Script, type ScriptedServer, scriptedServer } from './scripted-server.ts';
import type { XmlElement } from './xml-reader.ts';
import { type Result, xmppctl } from './xmppctl.ts';

export const own = 'alice@localhost';
const nsRegister = 'jabber:iq:register';

/** What the client asks of its account. */
export const asked = (element: XmlElement): XmlElement | undefined =>
  element.attrs.type === 'set' ? element.child('query', nsRegister) : undefined;

/** A home for each test, in which alice has logged in. */
export function homeOfAlice() {
  let home = '';
  beforeEach(async () => {
    home = await temporaryDirectory('home');
  });
  afterEach(() => removeDirectory(home));
  const environment = (server: ScriptedServer): Record<string, string> => ({
    ...{ XMPPCTL_SERVER: server.url, XMPPCTL_CA_FILE: server.caFile, XMPPCTL_ACCOUNT: own },
  });
  return {
    get directory(): string {
      return home;
    },
    environment,
    run: (server: ScriptedServer, args: readonly string[], options: RunOptions = {}): Promise<Result> =>
      run(args, server, { ...options, home, password: '' }),
    async accounts(): Promise<unknown> {
      return (await xmppctl(['accounts', '--json'], { home })).json();
    },
    async logIn(server: ScriptedServer): Promise<void> {
      const args = ['login', own, '--store', 'file', '--password-stdin'];
      const outcome = await xmppctl(args, { home, env: environment(server), input: `${password}\n` });
      expect(outcome.stderr).toBe('');
    },
    async secrets(): Promise<Record<string, unknown>> {
      const text = await readFile(join(home, '.local/state/xmppctl/secrets.json'), 'utf8').catch(() => '{}');
      return JSON.parse(text);
    },
  };
}

/** A login that only proves a password; true if it was the right one. */
export async function proof(peer: Peer, taken: string): Promise<boolean> {
  await peer.header();
  await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
  if (!(await peer.scram({ password: taken }))) {
    await peer.gone();
    return false;
  }
  await peer.header();
  await peer.features('');
  await peer.session();
  return true;
}

/** A login that is refused. */
export async function refusal(peer: Peer): Promise<void> {
  await peer.header();
  await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
  await peer.scram({ password, error: 'not-authorized' });
  await peer.gone();
}

/** The first connection proves the login; the script has the others, counted from 1. */
export const afterLogin = (script: Script): Promise<ScriptedServer> =>
  scriptedServer({ tls: 'direct' }, async (peer, number) => {
    if (number === 0) await proof(peer, password);
    else await script(peer, number);
  });
