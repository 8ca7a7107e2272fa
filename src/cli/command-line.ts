/** What a command line asks for: words → command → context → result. */
import { setMaxListeners } from 'node:events';
import { resolveAccount } from '../account/accounts.ts';
import { type AccountSettings, type Config, loadConfig } from '../account/config.ts';
import { pathsFor } from '../account/paths.ts';
import { effectiveSettings } from '../account/settings.ts';
import { allCommands, commandOf } from '../commands/index.ts';
import { XmppctlError } from '../errors.ts';
import { withArguments } from '../grammar/command.ts';
import { chooseOutput, type Format } from '../output/format.ts';
import { mayColor, startProgress } from '../output/progress.ts';
import { createRenderer } from '../output/render.ts';
import { forTerminal, forTerminalLines } from '../output/sanitize.ts';
import type { Writer } from '../output/writer.ts';
import { DryRunEnd } from '../session/dry-session.ts';
import type { System } from '../system.ts';
import { createContext } from './context.ts';
import { Deadline } from './deadline.ts';
import { type Parsed, parseArgv, type SharedValues } from './parse.ts';

export interface Run {
  readonly system: System;
  readonly stopped: AbortSignal;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly version: string;
  /** Told whether errors are to be printed as JSON, once that is known for certain. */
  setJson(isJson: boolean): void;
}

/** Does what the words say and prints the result; throws what the command throws. */
export async function runCommandLine(run: Run): Promise<void> {
  const { argv } = run.system;
  const command = await commandOf(argv);
  const commands = command ? [command] : await allCommands();
  const parsed = parseArgv(argv, commands);
  if (parsed.kind === 'version') await run.stdout.write(run.version);
  else if (parsed.kind === 'help') {
    const { helpText } = await import('./help.ts');
    await run.stdout.write(forTerminalLines(helpText(parsed.topic, commands)));
  } else await runCommand(parsed, run);
}

async function runCommand(
  { command: parsedCommand, args, shared }: Extract<Parsed, { kind: 'run' }>,
  { system, stopped, stdout, stderr, setJson }: Run,
): Promise<void> {
  const command = withArguments(parsedCommand, args);
  setJson(isJson(chooseOutput(effectiveSettings(shared, system.env, {})).format));
  const config = once(() => loadConfig(pathsFor(system)));
  const account = command.shared === 'connecting' ? settingsOfAccount(await config(), shared, system.env) : {};
  const settings = effectiveSettings(shared, system.env, account);
  const { format = command.usuallyNdjson?.(args) ? 'ndjson' : undefined, fields } = chooseOutput(settings);
  const json = isJson(format);
  setJson(json);
  const { noHeader, quiet } = settings;
  const decoration = { env: system.env, noColor: settings.noColor, json, quiet };
  const color = mayColor(decoration);
  const renderer = createRenderer({ command, format, fields, noHeader, color, quiet, stdout, stderr });
  // Nobody reads any more: what only tells ends as if the user had stopped it. Who acts finishes what it was told to do.
  const onlyTells = command.openEnded && !command.confirm;
  const ending = AbortSignal.any(onlyTells ? [stopped, stdout.gone] : [stopped]);
  // Many messages and programs may be under way, and each wants to know.
  setMaxListeners(0, ending);
  let deadline: Deadline | undefined;
  const context = createContext({
    system,
    command,
    shared: { ...shared, quiet, verbose: settings.verbose, dryRun: settings.dryRun },
    config,
    stopped: ending,
    deadline: (ms) => {
      deadline = new Deadline(ms, system);
      return deadline;
    },
    say: (line) => void stderr.write(`xmppctl: ${forTerminal(line)}\n`),
    print: (text) => stdout.write(forTerminalLines(text)),
    progress: (text) => startProgress(text, { ...decoration, stderr: system.stderr }),
  });
  try {
    await renderer.render(command.run(args, context));
  } catch (thrown) {
    const isCutOff = onlyTells && stdout.closed && thrown instanceof XmppctlError && thrown.kind === 'tempfail';
    if (!isCutOff && !(thrown instanceof DryRunEnd)) throw thrown;
  } finally {
    deadline?.lift();
  }
}

const isJson = (format: Format | undefined): boolean => format === 'json' || format === 'ndjson';

/** What config.json says of the account that is meant; nothing where that cannot be told, which the command will say itself. */
function settingsOfAccount(config: Config, { account }: SharedValues, env: System['env']): AccountSettings {
  try {
    return config.accounts.get(resolveAccount(config, { option: account, env: env.XMPPCTL_ACCOUNT }).bare) ?? {};
  } catch {
    return {};
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
