// The time that a program takes from its start to its end, and the middle of several such times.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly input?: string;
}

/** Milliseconds of one run; throws with what it printed if it fails. */
export async function time({ command, args, env, input = '' }: Program): Promise<number> {
  const started = performance.now();
  const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [ended, status] = await new Promise<[number, number | null]>((resolve, reject) => {
    child.once('error', reject);
    let at = 0;
    child.once('exit', () => {
      at = performance.now();
    });
    child.once('close', (code) => resolve([at, code]));
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}\n${complaint}`);
  return ended - started;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no median of nothing');
  return middle;
}

/** The median of each program's time, in milliseconds. They take turns, so that whatever else happens happens to all. */
export async function medians<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
  runs: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(programs) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  // The first round fills the disk cache, and whatever the programs remember.
  for (const name of names) await time(programs[name]);
  for (let round = 0; round < runs; round += 1) {
    for (const name of names) times.get(name)?.push(await time(programs[name]));
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<Name, number>;
}

/** Whether the shell would find it. */
export function isInstalled(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some((dir) => {
    try {
      accessSync(join(dir, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
