/** One run of the program: words → command → context → result → exit status. */
import { effectiveSettings } from '../account/settings.ts';
import { commands } from '../commands/index.ts';
import { asXmppctlError, XmppctlError } from '../errors.ts';
import { withArguments } from '../grammar/command.ts';
import { renderError } from '../output/error.ts';
import { chooseOutput } from '../output/format.ts';
import { mayColor, startProgress } from '../output/progress.ts';
import { createRenderer } from '../output/render.ts';
import { forTerminal, forTerminalLines } from '../output/sanitize.ts';
import { createErrorWriter, createWriter } from '../output/writer.ts';
import { DryRunEnd } from '../session/dry-session.ts';
import type { System } from '../system.ts';
import { createContext } from './context.ts';
import { Deadline } from './deadline.ts';
import { oldName } from './old-name.ts';
import { parseArgv, wantsJson } from './parse.ts';

declare const XMPPCTL_VERSION: string;

/** Runs the command line; resolves with the exit status when everything has been written. Never throws. */
export async function run(started: System, stopped: AbortSignal): Promise<number> {
  let system = started;
  const stdout = createWriter(system.stdout);
  const stderr = createErrorWriter(system.stderr);
  let json = wantsJson(system.argv);
  let deadline: Deadline | undefined;
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
    const parsed = parseArgv(system.argv, commands);
    if (parsed.kind === 'version') await stdout.write(`xmppctl ${XMPPCTL_VERSION}\n`);
    else if (parsed.kind === 'help') {
      const { helpText } = await import('./help.ts');
      await stdout.write(forTerminalLines(helpText(parsed.topic, commands)));
    } else {
      const { args, shared } = parsed;
      const command = withArguments(parsed.command, args);
      const settings = effectiveSettings(shared, system.env, {});
      const { format = command.usuallyNdjson?.(args) ? 'ndjson' : undefined, fields } = chooseOutput(settings);
      json = format === 'json' || format === 'ndjson';
      const { noHeader, quiet } = settings;
      const decoration = { env: system.env, noColor: settings.noColor, json, quiet };
      const color = mayColor(decoration);
      const renderer = createRenderer({ command, format, fields, noHeader, color, quiet, stdout, stderr });
      command.check?.(args);
      const context = createContext({
        system,
        command,
        commands,
        shared: { ...shared, quiet, verbose: settings.verbose, dryRun: settings.dryRun },
        // Nobody reads any more: a stream ends as if the user had stopped it.
        stopped: command.openEnded ? AbortSignal.any([stopped, stdout.gone]) : stopped,
        deadline: (ms) => {
          deadline = new Deadline(ms, system);
          return deadline;
        },
        say: (line) => void stderr.write(`xmppctl: ${forTerminal(line)}\n`),
        print: (text) => stdout.write(forTerminalLines(text)),
        progress: (text) => startProgress(text, { ...decoration, stderr: system.stderr }),
      });
      await renderer.render(command.run(args, context));
    }
    await stdout.drained();
    return 0;
  } catch (thrown) {
    if (thrown instanceof DryRunEnd) return 0;
    if (stopped.aborted && !(thrown instanceof XmppctlError && thrown.kind === 'unconfirmed')) return 1; // the signal tells the rest
    const error = asXmppctlError(thrown);
    await renderError(error, { json, stderr });
    await stdout.drained().catch(() => {});
    return error.exit;
  } finally {
    deadline?.lift();
    await stderr.drained();
  }
}
