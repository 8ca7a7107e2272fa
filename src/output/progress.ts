/** A line that shows how far something is, on a terminal only. The only importer of ora. */

import type { OutputStream } from '../system.ts';
import { forTerminal } from './sanitize.ts';

export interface Progress {
  /** Changes the line. */
  update(text: string): void;
  /** Takes the line away; what follows on standard error starts on a clean line. */
  stop(): void;
}

export interface ProgressOptions {
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly noColor: boolean;
}

const silent: Progress = { update() {}, stop() {} };

/** Colour and moving lines: only on a terminal, and where NO_COLOR, TERM=dumb and --no-color do not forbid them. */
export function mayColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): boolean {
  return stream.isTTY === true && !noColor && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Starts a spinner with `text`, or nothing at all where SPEC 7 forbids it. */
export async function startProgress(text: string, options: ProgressOptions): Promise<Progress> {
  const { stderr, env, json, quiet, noColor } = options;
  if (json || quiet || !mayColor(stderr, env, noColor)) return silent;
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
