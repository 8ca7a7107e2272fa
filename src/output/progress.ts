/** A line that shows how far something is, on a terminal only. The only importer of ora. */

import type { OutputStream } from '../system.ts';
import { forTerminal } from './sanitize.ts';

export interface Progress {
  /** Changes the line. */
  update(text: string): void;
  /** Takes the line away; what follows on standard error starts on a clean line. */
  stop(): void;
}

/** What decides whether anything may be coloured or move. */
export interface Decoration {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
}

const silent: Progress = { update() {}, stop() {} };

/** Whether NO_COLOR, TERM=dumb, --no-color, --json and -q leave colour and progress to those streams that are terminals. */
export const mayColor = ({ env, json, quiet, noColor }: Decoration): boolean =>
  !json && !quiet && !noColor && !env.NO_COLOR && env.TERM !== 'dumb';

/** Starts a spinner with `text`, or nothing at all where SPEC 7 forbids it. */
export async function startProgress(text: string, options: Decoration & { stderr: OutputStream }): Promise<Progress> {
  const { stderr } = options;
  // A terminal that nobody gave a size has none; ora would take back a line of that width for ever.
  if (!stderr.isTTY || stderr.columns === 0 || !mayColor(options)) return silent;
  const { default: ora } = await import('ora');
  // ora would otherwise take standard input and swallow what is typed or piped to the command.
  const spinner = ora({ text: forTerminal(text), stream: stderr, discardStdin: false, hideCursor: false }).start();
  return {
    update(line) {
      spinner.text = forTerminal(line);
    },
    stop() {
      spinner.stop();
    },
  };
}
