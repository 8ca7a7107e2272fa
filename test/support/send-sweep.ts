// send, killed at random moments and run again with the same --id until it ends with 0: nothing may be lost.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { XmppServer } from './servers.ts';
import { at, environmentOf, program, xmppctl } from './xmppctl.ts';

export interface SendSweepResult {
  readonly messages: number;
  /** Ids that the receiver never saw though send said 0. */
  readonly lost: readonly string[];
}

export async function sendSweep(
  server: XmppServer,
  { sender, receiver, kills }: { sender: string; receiver: string; kills: number },
): Promise<SendSweepResult> {
  const home = await mkdtemp(join(tmpdir(), 'xmppctl-sweep-'));
  const ids = Array.from({ length: kills }, (_, number) => `sweep-${number}`);
  for (const id of ids) {
    const args = ['send', `${receiver}@localhost`, `text of ${id}`, '--id', id];
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...environmentOf(home), ...at(server, sender, 'secret') },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await after(50 + Math.random() * 500);
    child.kill('SIGKILL');
    await ended;
    const again = await xmppctl(args, { env: at(server, sender, 'secret') });
    if (again.exitCode !== 0) throw new Error(`send ended with ${again.exitCode}: ${again.stderr}`);
  }
  await rm(home, { recursive: true, force: true });
  const { stdout } = await xmppctl(['listen', '--once', '--json'], { env: at(server, receiver, 'secret') });
  const seen = new Set(stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).id])));
  return { messages: kills, lost: ids.filter((id) => !seen.has(id)) };
}
