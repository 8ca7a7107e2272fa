// The program for shells, where a test sees only what comes out of a pipe: also there, what it prints as JSON must be as
// its schema says.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import { checkPrinted, program } from './xmppctl.ts';

/**
 * Puts an `xmppctl` into a directory for PATH that writes down what it prints. What it gives checks all that, once nobody
 * runs it any more, and says how many runs there were.
 */
export async function recordedProgram(bin: string, of: string = program): Promise<() => Promise<number>> {
  const records = await temporaryDirectory('records');
  const recorder = new URL('../support/recorder.mjs', import.meta.url);
  recorder.searchParams.set('to', records);
  const text = `#!${process.execPath}\nimport('${recorder.href}').then(() => import('${pathToFileURL(of).href}'));\n`;
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'xmppctl'), text, { mode: 0o755 });
  return async () => {
    const runs = await readdir(records);
    for (const run of runs) await check(await readFile(join(records, run), 'utf8'));
    removeDirectory(records);
    return runs.length;
  };
}

async function check(record: string): Promise<void> {
  const notes = record
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const { args, env, exitCode } = Object.assign({}, ...notes);
  const printed = (stream: 'stdout' | 'stderr') =>
    Buffer.from(notes.map((note) => note[stream] ?? '').join(''), 'latin1').toString();
  try {
    await checkPrinted({ args, env, exitCode, stdout: printed('stdout'), stderr: printed('stderr') });
  } catch (error) {
    throw new Error(`xmppctl ${args.join(' ')}: ${(error as Error).message}`, { cause: error });
  }
}
