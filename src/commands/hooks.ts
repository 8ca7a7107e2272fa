/** What listen runs for the events it prints: programs of the user (--exec) and desktop notifications (--notify). */
import type { ProgramEnd } from '../account/programs.ts';
import { XmppctlError } from '../errors.ts';
import { flag, option, restOption, type Values } from '../grammar/command.ts';
import { choice, integer, someTime, unparsed } from '../grammar/values.ts';
import { Lanes } from '../listen/lanes.ts';
import type { Context } from './context.ts';
import type { Event } from './event-fields.ts';
import { notification } from './notification.ts';

export const hookArgs = {
  exec: restOption(
    unparsed('CMD', 'command'),
    'run this program for each message, without a shell; all words that follow are its arguments',
    {
      description:
        'The event is on its standard input as one line of JSON; short values are in its environment too: XMPPCTL_EVENT_FROM, XMPPCTL_EVENT_BODY and so on. ' +
        'Passwords, tokens and what leads to them are not. What it prints goes to standard error. With --events it runs for each of these events. ' +
        'With --durable an event counts as dealt with when the program has ended with status 0.',
    },
  ),
  execConcurrency: option(integer(1, 64), 'how many may run at once for one sender', {
    presetText: '1',
  }),
  execTimeout: option(someTime(), 'how long the program may run; then it and all it started are killed', {
    presetText: '60s',
  }),
  execFail: option(choice(['stop', 'continue'], 'WHAT'), 'what to do when the program fails: end with 82, or warn', {
    presetText: 'stop with --durable, else continue',
  }),
  reply: flag('send what the program prints back to the sender', {
    description: 'A reply that the server does not take counts as a program that failed.',
  }),
  notify: flag('show messages, requests, invitations and files on the desktop'),
};
export type HookArgs = Values<typeof hookArgs>;

/** Throws kind usage. */
export function checkHookArgs(args: HookArgs): void {
  const { exec, reply, execConcurrency, execTimeout, execFail } = args;
  const given = [reply, execConcurrency !== undefined, execTimeout !== undefined, execFail !== undefined];
  if (exec.length === 0 && given.includes(true)) {
    throw new XmppctlError('usage', '--reply, --exec-concurrency, --exec-timeout and --exec-fail go with --exec');
  }
}

const usualTimeoutMs = 60_000;
const notifyTimeoutMs = 5000;
/** Their lane; no sender has this name. */
const notifications = ' notifications';
/** Longer values are in the JSON only: an environment has no room for more (N3). */
const longestVariable = 4096;

/** One event and what goes with it. */
export interface Hooked {
  readonly event: Event;
  /** Sends a text to whoever the event is from; undefined: that is not possible. */
  readonly reply: ((body: string) => Promise<void>) | undefined;
}

export interface HookOptions extends HookArgs {
  /** Which events --exec is for. */
  readonly events: readonly string[] | undefined;
  readonly durable: string | undefined;
  /** A hook has failed, and nothing more is to come. */
  failed(): void;
}

export class Hooks {
  readonly #options: HookOptions;
  readonly #ctx: Context;
  readonly #lanes: Lanes;
  #failure: { readonly error: unknown } | undefined;
  #warned = false;

  constructor(options: HookOptions, ctx: Context) {
    this.#options = options;
    this.#ctx = ctx;
    this.#lanes = new Lanes(options.execConcurrency ?? 1);
  }

  /** Runs what is to be run for these events, then `accepted`; resolves when more may come. */
  async take(hooked: readonly Hooked[], accepted: () => Promise<void>): Promise<void> {
    if (this.#options.notify) {
      for (const { event } of hooked) await this.#lanes.add(notifications, () => this.#notify(event));
    }
    const runs = hooked.filter(({ event }) => this.#runsFor(event));
    if (runs.length === 0) return await accepted();
    let left = runs.length;
    for (const run of runs) {
      await this.#lanes.add(String(run.event.from ?? ''), async () => {
        if (this.#failure || this.#ctx.stopped.aborted) return;
        if (!(await this.#run(run))) return;
        left -= 1;
        if (left === 0) await accepted().catch((error: unknown) => this.#end(error));
      });
    }
  }

  /** Resolves when none runs any more. */
  async idle(): Promise<void> {
    await this.#lanes.idle();
  }

  /**
   * Waits for those that run. Throws kind hook if one failed and that is to end the command, or why what it had dealt with
   * could not be accepted.
   */
  async end(): Promise<void> {
    await this.idle();
    if (this.#failure) throw this.#failure.error;
  }

  #runsFor({ event }: Event): boolean {
    const { exec, events } = this.#options;
    if (exec.length === 0 || ['connection', 'gap', 'heartbeat'].includes(event)) return false;
    return events === undefined ? event === 'message' : true;
  }

  /** Whether the event counts as dealt with. */
  async #run({ event, reply }: Hooked): Promise<boolean> {
    const { exec, execTimeout = usualTimeoutMs, reply: replies } = this.#options;
    const takeOutput = replies && reply !== undefined;
    const options = {
      input: `${JSON.stringify(event)}\n`,
      env: variablesOf(event),
      timeoutMs: execTimeout,
      takeOutput,
    };
    const result = await this.#ctx.runProgram(exec, options);
    if (result.end === 'stopped') return false;
    if (result.end !== 'ok') return this.#fail(result);
    if (takeOutput && result.printed.trim() !== '') {
      try {
        await reply(result.printed);
      } catch (error) {
        if (!(error instanceof XmppctlError)) throw error;
        return this.#fail({
          ...result,
          end: 'failed',
          detail: `its reply to ${event.from} was not sent: ${error.message}`,
        });
      }
    }
    return true;
  }

  #fail({ detail, end }: ProgramEnd): boolean {
    const { exec, execFail, durable } = this.#options;
    const what = `the hook '${exec[0]}' failed: ${detail}`;
    const mode = execFail ?? (durable === undefined ? 'continue' : 'stop');
    if (mode === 'continue' && end !== 'missing' && end !== 'starved') {
      this.#ctx.warn(what);
      return true;
    }
    this.#end(
      end === 'starved'
        ? new XmppctlError('oserr', what)
        : new XmppctlError('hook', what, { hint: 'To go on all the same: --exec-fail continue' }),
    );
    return false;
  }

  /** Nothing more is to come. */
  #end(error: unknown): void {
    this.#failure ??= { error };
    this.#options.failed();
  }

  async #notify(event: Event): Promise<void> {
    const shown = notification(event, this.#ctx.platform);
    if (!shown) return;
    const options = { input: '', env: shown.env, timeoutMs: notifyTimeoutMs, takeOutput: true };
    const { end, detail } = await this.#ctx.runProgram(shown.command, options);
    if (end === 'ok' || end === 'stopped' || this.#warned) return;
    this.#warned = true;
    const missing = end === 'missing' ? `'${shown.command[0]}' is not installed` : detail;
    this.#ctx.warn(`notifications cannot be shown: ${missing}`);
  }
}

/** Short values of the event as XMPPCTL_EVENT_FROM and so on; those that are absent are not set. */
function variablesOf(event: Event): Record<string, string> {
  const scalars = Object.entries(event).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  const named = scalars.map(([key, value]) => [
    `XMPPCTL_EVENT_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    String(value).replaceAll('\0', ''),
  ]);
  return Object.fromEntries(
    named.filter(([, value = '']) => new TextEncoder().encode(value).length <= longestVariable),
  );
}
