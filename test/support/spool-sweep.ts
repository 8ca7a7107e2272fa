// send --spool and flush, killed at random moments and run again: what was promised must arrive.
import { spawn } from 'node:child_process';
import { setTimeout as after } from 'node:timers/promises';
import { environmentOf, program } from './xmppctl.ts';

type Environment = Record<string, string>;

export interface SpoolSweep {
  readonly online: Environment;
  readonly offline: Environment;
  readonly home: string;
  readonly receiver: string;
  readonly kills: number;
}

/** The ids that send --spool has promised to send, in order. */
export async function spoolSweep({ online, offline, home, receiver, kills }: SpoolSweep): Promise<readonly string[]> {
  const start = (args: readonly string[], env: Environment) => {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...environmentOf(home), ...env },
      stdio: 'ignore',
    });
    return { child, status: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
  };
  /** Killed in the middle, if there is a middle; then until it says that it is done. */
  const insist = async (args: readonly string[], env: Environment, killAfterMs: number): Promise<void> => {
    const first = start(args, env);
    await Promise.race([first.status, after(killAfterMs)]);
    first.child.kill('SIGKILL');
    if ((await first.status) === 0) return;
    const status = await start(args, env).status;
    if (status !== 0) throw new Error(`xmppctl ${args.join(' ')}: ${status}`);
  };
  const promised: string[] = [];
  for (let round = 0; round < kills; round += 1) {
    for (const part of ['a', 'b']) {
      const id = `spool-${round}-${part}`;
      const args = ['send', `${receiver}@localhost`, `text of ${id}`, '--id', id, '--spool', '-q'];
      await insist(args, offline, 60 + Math.random() * 250);
      promised.push(id);
    }
    await insist(['flush'], online, 80 + Math.random() * 350);
  }
  return promised;
}

/** What the receiver has heard, as NDJSON, beside what was promised. */
export function judgeSpool(promised: readonly string[], heard: string) {
  const ids = heard.split('\n').flatMap((line) => (line === '' ? [] : [String(JSON.parse(line).id)]));
  const firsts = [...new Set(ids)];
  return {
    lost: promised.filter((id) => !firsts.includes(id)),
    disordered: firsts.filter((id, index) => id !== promised.filter((one) => firsts.includes(one))[index]),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
  };
}
