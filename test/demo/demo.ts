// A throwaway Prosody, two users with a home each, and a transcript of what they type.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { startProsody } from '../support/prosody.ts';
import { environmentOf, type Result, spawnXmppctl } from '../support/xmppctl.ts';
import { type Step, steps } from './steps.ts';

/** Gives the exit status: 0 if every step ended as it should. */
export async function demo({ keep }: { keep: boolean }): Promise<number> {
  // Without a listener these would end us before the server and the directories are gone.
  const leave = () => process.exit(130);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave);
  await using server = await startProsody();
  const dir = await temporaryDirectory('demo');
  const settings = {
    XMPPCTL_SERVER: `xmpps://${server.host}:${server.directTlsPort}`,
    XMPPCTL_CA_FILE: server.caFile,
  };
  const home = (who: Step['who']) => join(dir, who);
  for (const who of ['alice', 'bob'] as const) {
    await mkdir(home(who));
    await writeFile(join(home(who), 'password.txt'), randomBytes(12).toString('hex'), { mode: 0o600 });
  }
  await writeFile(join(home('alice'), 'report.txt'), 'All is well.\n');
  const run = ({ who, args }: Step) => spawnXmppctl(args, { home: home(who), env: settings, timeout: 60_000 });

  console.log(`A Prosody for this demo serves ${server.domain} on ${settings.XMPPCTL_SERVER}.`);
  let failures = 0;
  let earlier: { step: Step; done: Promise<Result> } | undefined;
  for (const step of steps) {
    const { done } = await run(step);
    if (step.meanwhile) {
      console.log(`\n${transcript(step)} &`);
      earlier = { step, done };
      continue;
    }
    failures += show(step, await done, transcript(step));
    if (earlier)
      failures += show(earlier.step, await earlier.done, `${earlier.step.who}'s ${earlier.step.args[0]} printed:`);
    earlier = undefined;
  }

  if (failures === 0 && keep) {
    console.log(`\nThe server stays until Ctrl-C. In another terminal, as alice:\n`);
    const { PATH: _path, TZ: _tz, HOME: _home, ...xdg } = environmentOf(home('alice'));
    for (const [name, value] of Object.entries({ ...settings, ...xdg })) console.log(`export ${name}='${value}'`);
    process.off('SIGINT', leave);
    await once(process, 'SIGINT');
  }
  removeDirectory(dir);
  console.log(
    failures === 0 ? '\nEverything is stopped and removed.' : `\n${failures} of ${steps.length} steps failed.`,
  );
  return failures === 0 ? 0 : 1;
}

function transcript({ who, args }: Step): string {
  const words = args.map((word) => (/^[\w@.:/=+-]+$/.test(word) ? word : `'${word}'`));
  return `${who}$ xmppctl ${words.join(' ')}`;
}

/** Prints what a step did; gives 1 if its exit status is not the expected one. */
function show(step: Step, result: Result, heading: string): number {
  console.log(`\n${heading}`);
  process.stdout.write(result.stdout + result.stderr || `(silent, exit status ${result.exitCode})\n`);
  const expected = step.status ?? 0;
  if (result.exitCode === expected) return 0;
  console.log(`exit status ${result.exitCode ?? result.signal}, expected ${expected}`);
  return 1;
}
