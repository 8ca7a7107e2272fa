/**
 * One run of the program, words → exit status. What every run needs is here; the rest is loaded when it is wanted, because
 * compiling it takes longer than most commands.
 */
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { renderError } from '../output/error.ts';
import { forTerminal } from '../output/sanitize.ts';
import { createErrorWriter, createWriter } from '../output/writer.ts';
import type { System } from '../system.ts';
import { oldName } from './old-name.ts';
import { wantsJson } from './wants-json.ts';

declare const XMPPCTL_VERSION: string;
const version = `xmppctl ${XMPPCTL_VERSION}\n`;

/** Runs the command line; resolves with the exit status when everything has been written. Never throws. */
export async function run(started: System, stopped: AbortSignal): Promise<number> {
  let system = started;
  const stdout = createWriter(system.stdout, stopped);
  const stderr = createErrorWriter(system.stderr, stopped);
  let json = wantsJson(system.argv);
  const setJson = (isJson: boolean): void => {
    json = isJson;
  };
  try {
    const old = oldName(system);
    if (old) {
      const { translate, inOurWords } = await import('./sendxmpp.ts');
      const translated = await translate(old, system);
      if (translated.kind === 'usage') {
        await stdout.write(translated.text);
        return 0;
      }
      for (const line of translated.warnings) await stderr.write(`xmppctl: warning: ${forTerminal(line)}\n`);
      system = inOurWords(system, translated);
    }
    if (isAlone(system.argv, ['--version', '-V'])) await stdout.write(version);
    else if (system.argv.length === 0 || isAlone(system.argv, ['help', '--help', '-h'])) {
      const [{ overview }, { commandNames }] = await Promise.all([import('./help.ts'), import('../commands/index.ts')]);
      await stdout.write(overview(commandNames));
    } else {
      const { runCommandLine } = await import('./command-line.ts');
      await runCommandLine({ system, stopped, stdout, stderr, version, setJson });
    }
    await stdout.drained();
    return 0;
  } catch (thrown) {
    // The signal tells the rest, but not of what may have been delivered.
    const mayHaveArrived = thrown instanceof XmppctlError && thrown.delivered === 'unknown';
    if (stopped.aborted && !mayHaveArrived) return 1;
    const error = asXmppctlError(thrown);
    await renderError(error, { json, stderr });
    await stdout.drained().catch(() => {});
    return error.exit;
  } finally {
    await stderr.drained();
  }
}

/** What is printed of a bug of ours: one line without a stack, which could show what is secret. */
export const bugReport = (error: unknown): string =>
  `xmppctl: internal error: ${forTerminal(error instanceof Error ? error.message : 'unknown')}\n`;

const isAlone = ([first = '', ...more]: readonly string[], words: readonly string[]): boolean =>
  more.length === 0 && words.includes(first);
