// One message from alice to bob by each program that can send one, as a user of it would do it from a script.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { XmppServer } from '../support/servers.ts';
import { environmentOf, program } from '../support/xmppctl.ts';
import { isInstalled, type Program, time } from './measure.ts';

export type Tls = 'direct' | 'starttls';

/** alice's password on every server of the benches. */
export const password = 'secret';

/** By an account that is logged in through `port`, in a home of its own: what the program remembers it keeps there. */
export async function xmppctlSend(server: XmppServer, tls: Tls, port: number, dir: string): Promise<Program> {
  return (await xmppctlPrograms(server, tls, port, dir)).send;
}

/** The same, and its login. */
export async function xmppctlPrograms(
  server: XmppServer,
  tls: Tls,
  port: number,
  dir: string,
): Promise<Record<'send' | 'login', Program>> {
  const home = await newHome(dir, `xmppctl-${tls}-${port}`);
  const address = `${tls === 'direct' ? 'xmpps' : 'xmpp'}://${server.host}:${port}`;
  const env = { ...environmentOf(home), XMPPCTL_SERVER: address, XMPPCTL_CA_FILE: server.caFile };
  const xmppctl = (...args: string[]) => ({ command: process.execPath, args: [program, ...args], env });
  const stored = ['--store', 'file', '--password-stdin'];
  const login = { ...xmppctl('login', `alice@${server.domain}`, ...stored), input: password };
  await time(login);
  return { login, send: xmppctl('send', `bob@${server.domain}`, 'hello') };
}

/** The other tools that are installed and work there. They take the certificate unseen, which saves them no round trip. */
export async function otherSenders(
  server: XmppServer,
  tls: Tls,
  port: number,
  dir: string,
): Promise<Record<string, Program>> {
  const home = await newHome(dir, `others-${tls}-${port}`);
  const env = { PATH: process.env.PATH ?? '', HOME: home };
  const jid = `alice@${server.domain}`;
  const file = join(home, 'sendxmpprc');
  await writeFile(file, `username: ${jid}\njserver: ${server.host}:${port}\npassword: ${password}\n`, { mode: 0o600 });
  const perl = join(home, 'perl-sendxmpprc');
  await writeFile(perl, `${jid}:${port} ${password}\n`, { mode: 0o600 });
  const tools: Record<string, string[]> = {
    'go-sendxmpp': ['-f', file, '-n', ...(tls === 'direct' ? ['-t'] : [])],
    sendxmpp: ['-f', perl, '-n', tls === 'direct' ? '-e' : '-t'],
  };
  const installed = Object.entries(tools).filter(([command]) => isInstalled(command));
  const working: Record<string, Program> = {};
  for (const [command, options] of installed) {
    const sender = { command, args: [...options, `bob@${server.domain}`], env, input: 'hello\n' };
    try {
      await time(sender);
      working[command] = sender;
    } catch (error) {
      console.error((error as Error).message);
    }
  }
  return working;
}

async function newHome(dir: string, name: string): Promise<string> {
  const home = join(dir, name);
  await mkdir(home);
  return home;
}
