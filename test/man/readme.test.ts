// The recipes of README.md, as they stand there, with a real server.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { linesOf } from '../support/lines.ts';
import { root } from '../support/packed.ts';
import { allAccept, freePorts } from '../support/ports.ts';
import { recordedProgram } from '../support/recorded.ts';
import { startProsody, type XmppServer } from '../support/servers.ts';
import { at, environmentOf, xmppctl } from '../support/xmppctl.ts';

let server: XmppServer;
let directory: string;
let checkRecords: () => Promise<number>;
/** What stands in README.md after `<!-- file NAME -->`. */
let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  directory = await temporaryDirectory('readme');
  server = await startProsody({ domain: 'example.org' });
  for (const user of ['alice', 'boss', 'bot']) await server.register(user, 'secret');
  checkRecords = await recordedProgram(join(directory, 'bin'));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const blocks = readme.matchAll(/<!-- file (\S+) -->\n\n```\w+\n(.*?)```/gs);
  files = new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
  for (const [name, text] of files) await writeFile(join(directory, name), text, { mode: 0o755 });
  const made = await xmppctl(['muc', 'create', 'ops'], { env: at(server, 'alice', 'secret') });
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
});
afterAll(async () => {
  await server.stop();
  removeDirectory(directory);
  expect(await checkRecords()).toBeGreaterThan(0);
});

const environment = (user: string, more: Record<string, string> = {}) => ({
  ...environmentOf(directory),
  ...at(server, user, 'secret'),
  PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
  ...more,
});

/** Runs until the test is done with it; resolves when it is online. */
async function online(command: string, env: Record<string, string>): Promise<AsyncDisposable> {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: directory,
    env: { ...env, XMPPCTL_VERBOSE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await linesOf(child.stderr).next(/online as/, 10_000);
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await closed;
    },
  };
}

/** What the boss is told when they ask. */
async function asks(question: string): Promise<unknown> {
  const env = at(server, 'boss', 'secret');
  const to = question.startsWith('bot: ') ? 'bot@example.org' : 'alice@example.org';
  expect((await xmppctl(['send', to, question.replace('bot: ', '')], { env })).exitCode).toBe(0);
  const heard = await xmppctl(['listen', '--json=from,body', '--count', '1', '--for', '10s'], { env });
  return heard.json();
}

test('the bot answers what it is asked', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const command = /^xmppctl listen --durable --from .* --exec \.\/answer$/m.exec(readme)?.[0] ?? '';
  await using _bot = await online(command, environment('alice'));
  const help = { from: 'alice@example.org', body: 'I know: uptime, disk' };
  expect(await asks('who are you?')).toEqual(help);
  expect(await asks('disk')).toMatchObject({ body: expect.stringMatching(/^Filesystem/) });
});

test('the service of systemd runs with what systemd gives it, and answers', async () => {
  const unit = files.get('xmpp-bot.service') ?? '';
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
  const credential = value('LoadCredentialEncrypted').split(':')[0] ?? '';
  await mkdir(join(directory, 'credentials'), { mode: 0o700 });
  await writeFile(join(directory, 'credentials', credential), 'secret\n', { mode: 0o400 });
  for (const [specifier, place] of [
    ['%S', 'state'],
    ['%C', 'cache'],
  ])
    await mkdir(join(directory, `${place}${specifier}`, value('StateDirectory')), { recursive: true, mode: 0o700 });
  const settings = value('Environment')
    .replace('%S', join(directory, 'state%S'))
    .replace('%C', join(directory, 'cache%C'))
    .split(' ')
    .map((setting) => setting.split('=') as [string, string]);
  const { XMPPCTL_SERVER = '', XMPPCTL_CA_FILE = '' } = at(server, 'bot', 'secret');
  const env = {
    ...Object.fromEntries(settings),
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    CREDENTIALS_DIRECTORY: join(directory, 'credentials'),
    XMPPCTL_SERVER,
    XMPPCTL_CA_FILE,
  };
  const command = value('ExecStart')
    .replace('/usr/bin/xmppctl', join(directory, 'bin', 'xmppctl'))
    .replace('/usr/local/bin', directory);
  await using _bot = await online(command, env);
  expect(await asks('bot: hello')).toEqual({ from: 'bot@example.org', body: 'I know: uptime, disk' });
});

test('Alertmanager is answered by what became of the message', async () => {
  const [port = 0, other = 0, nowhere = 0] = await freePorts(3);
  const serve = (env: Record<string, string>) =>
    execa(process.execPath, ['alerts.mjs', 'ops'], { cwd: directory, env, extendEnv: false, reject: false });
  const hook = serve(environment('alice', { PORT: String(port) }));
  const cutOff = serve(
    environment('alice', {
      PORT: String(other),
      XMPPCTL_SERVER: `xmpps://127.0.0.1:${nowhere}`,
      XMPPCTL_TIMEOUT: '5s',
    }),
  );
  await expect.poll(() => allAccept([port, other])).toBe(true);
  const alert = {
    status: 'firing',
    labels: { alertname: 'InstanceDown', instance: 'alpha:9100' },
    annotations: { summary: 'alpha is gone' },
  };
  const post = async (to: number, body: unknown) =>
    (await fetch(`http://127.0.0.1:${to}/`, { method: 'POST', body: JSON.stringify(body) })).status;
  expect(await post(port, { version: '4', status: 'firing', alerts: [alert, { ...alert, status: 'resolved' }] })).toBe(
    200,
  );
  expect(await post(port, {})).toBe(400);
  expect(await post(other, { alerts: [alert] })).toBe(503);
  hook.kill();
  cutOff.kill();
  await Promise.all([hook, cutOff]);
  const said = await xmppctl(['muc', 'history', 'ops', '--json=body'], { env: at(server, 'alice', 'secret') });
  const line = 'InstanceDown alpha:9100 alpha is gone';
  expect(said.json()).toEqual([{ body: `firing: ${line}\nresolved: ${line}` }]);
});

test('doctor gives metrics', async () => {
  const result = await execa('bash', ['-o', 'pipefail', 'metrics.sh'], {
    cwd: directory,
    env: environment('alice'),
    extendEnv: false,
  });
  expect(result.stderr).toBe('');
  const metrics = (await readFile(join(directory, 'xmpp.prom'), 'utf8')).trimEnd().split('\n');
  for (const metric of metrics) expect(metric).toMatch(/^xmpp_ok\{check="[a-z0-9-]+"\} [01]$/);
  expect(metrics).toContain('xmpp_ok{check="tls"} 1');
});
