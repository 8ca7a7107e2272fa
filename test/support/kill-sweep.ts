// A durable listener that is killed at random moments while messages flow: nothing may be lost.
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { XmppServer } from './servers.ts';
import { at, checkPrinted, environmentOf, program, xmppctl } from './xmppctl.ts';

const listen = ['listen', '--durable', '--json'];

export interface SweepResult {
  readonly kills: number;
  readonly sent: number;
  /** Bodies that no listener printed. */
  readonly lost: readonly string[];
  /** Lines beyond the first of a message; each with the same stanzaId, or it is a fault. */
  readonly repeated: number;
  readonly faults: readonly string[];
}

export interface SweepOptions {
  readonly sender: string;
  readonly receiver: string;
  readonly kills: number;
  /** Where the listener keeps its cursor. */
  readonly home: string;
  /** How long the sender rests between two messages, on the average. */
  readonly restMs?: number;
}

export async function killSweep(
  server: XmppServer,
  { sender, receiver, kills, home, restMs = 50 }: SweepOptions,
): Promise<SweepResult> {
  const env = { ...environmentOf(home), ...at(server, receiver, 'secret') };
  const first = await xmppctl(['listen', '--durable', '--once', '--json'], { env, home });
  if (first.exitCode !== 0) throw new Error(first.stderr);

  const outFile = join(home, 'heard.ndjson');
  await using output = await open(outFile, 'a', 0o600);
  const talk = spawn(process.execPath, [program, 'send', `${receiver}@localhost`, '--lines'], {
    env: { ...environmentOf(home), ...at(server, sender, 'secret') },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const said = new Promise<number | null>((resolve) => talk.once('exit', resolve));
  let sent = 0;
  const talking = new AbortController();
  const speak = async (): Promise<void> => {
    while (!talking.signal.aborted) {
      talk.stdin.write(`message ${sent++}\n`);
      await after(restMs * (0.5 + Math.random()));
    }
    talk.stdin.end();
  };
  const spoken = speak();
  for (let kill = 0; kill < kills; kill += 1) {
    const listener = spawn(process.execPath, [program, ...listen], {
      env,
      stdio: ['ignore', output.fd, 'ignore'],
    });
    const ended = new Promise((resolve) => listener.once('exit', resolve));
    // The moment is what is random here: from before the login to the middle of writing a cursor.
    await after(100 + Math.random() * 1100);
    listener.kill('SIGKILL');
    await ended;
  }
  talking.abort();
  await spoken;
  const status = await said;
  if (status !== 0) throw new Error(`the sender ended with ${status}`);
  const last = await xmppctl(['listen', '--durable', '--once', '--json'], { env, home });
  if (last.exitCode !== 0) throw new Error(last.stderr);
  const heard = await readFile(outFile, 'utf8');
  // On a slow machine each of them may be killed before it has printed anything.
  const whole = heard.split('\n').filter(parse);
  const stdout = whole.map((line) => `${line}\n`).join('');
  await checkPrinted({ args: listen, env, exitCode: undefined, stdout, stderr: '' });
  return { kills, sent, ...judge(sent, `${heard}\n${last.stdout}`) };
}

function judge(sent: number, text: string): Pick<SweepResult, 'lost' | 'repeated' | 'faults'> {
  const ids = new Map<string, string>();
  const faults: string[] = [];
  let repeated = 0;
  for (const line of text.split('\n')) {
    const event = parse(line);
    if (event?.event !== 'message') continue;
    const before = ids.get(event.body);
    if (before !== undefined) repeated += 1;
    if (before !== undefined && before !== event.stanzaId)
      faults.push(`${event.body}: ${before} and ${event.stanzaId}`);
    ids.set(event.body, event.stanzaId);
  }
  const all = Array.from({ length: sent }, (_, number) => `message ${number}`);
  return { lost: all.filter((body) => !ids.has(body)), repeated, faults };
}

/** A line that a kill cut in the middle is no record. */
function parse(line: string): { event: string; body: string; stanzaId: string } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
