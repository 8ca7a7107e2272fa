/** Asks for a password at the terminal without showing it. Writes to stderr only: stdout is for results. */
import { XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import { firstLine, maxPasswordBytes, type Outcome } from './first-line.ts';

type Terminal = Pick<System, 'stdin' | 'stderr' | 'interrupt'>;

const tries = 3;
/** What follows ESC when an arrow or function key is pressed. */
const functionKey = /^(?:\[[0-?]*[ -/]*[@-~]|O.)/;
const beginningOfFunctionKey = /^(?:$|\[[0-?]*[ -/]*$|O$)/;

/** Why nobody can be asked; undefined if somebody can. */
export function whyNoPrompt({ stdin, stderr }: Terminal, noInput: boolean): string | undefined {
  if (noInput) return 'not asked because of --no-input';
  if (!stdin.isTTY || stdin.setRawMode === undefined) return 'standard input is not a terminal';
  return stderr.isTTY ? undefined : 'standard error is not a terminal';
}

/**
 * Asks for the password of an account, twice with `confirm`, until both are the same (three times at most). Ends when
 * `signal` aborts; Ctrl-C restores the terminal and then interrupts the program. Throws kind config when interrupted.
 */
export async function promptPassword(
  who: string,
  terminal: Terminal,
  signal: AbortSignal,
  confirm = false,
): Promise<Outcome> {
  const { stdin, stderr } = terminal;
  const keys = new Keys();
  const ask = async (question: string): Promise<Outcome> => {
    stderr.write(question);
    try {
      return await keys.line(terminal, signal);
    } finally {
      stderr.write('\n');
    }
  };
  stdin.setRawMode?.(true);
  try {
    for (let attempt = 1; ; attempt++) {
      const first = await ask(confirm ? `New password for ${who}: ` : `Password for ${who}: `);
      if (!confirm || 'failed' in first) return first;
      const second = await ask('The same password again: ');
      if ('password' in second && second.password === first.password) return first;
      if (signal.aborted || attempt === tries) return { failed: 'the two passwords that were typed differ' };
      stderr.write('The two passwords differ; once more.\n');
    }
  } finally {
    stdin.setRawMode?.(false);
    keys.giveBack(stdin);
    stdin.pause(); // else the terminal keeps this process alive
  }
}

/** Keys as a terminal in raw mode sends them. What was typed or pasted past a line waits for the next one. */
class Keys {
  private waiting = Buffer.alloc(0);

  line(terminal: Terminal, signal: AbortSignal): Promise<Outcome> {
    const { stdin } = terminal;
    return new Promise((resolve, reject) => {
      const typed: number[] = [];
      const stop = (): void => {
        stdin.off('data', take).off('end', finish).off('error', finish);
        signal.removeEventListener('abort', giveUp);
      };
      const finish = (): void => {
        stop();
        resolve(typed.length === 0 ? { failed: 'nothing was typed' } : firstLine(Uint8Array.from(typed)));
      };
      const giveUp = (): void => {
        stop();
        resolve({ failed: 'nothing was typed in time' });
      };
      const take = (chunk: Buffer | string): void => {
        this.waiting = Buffer.concat([this.waiting, Buffer.from(chunk)]);
        const pressed = this.press(typed);
        if (pressed === 'more') return;
        stop();
        if (pressed === 'enter') {
          finish();
          return;
        }
        reject(new XmppctlError('config', 'interrupted while asking for the password'));
        stdin.setRawMode?.(false); // before the program ends on the spot
        terminal.interrupt?.();
      };
      signal.addEventListener('abort', giveUp);
      stdin.on('data', take).on('end', finish).on('error', finish);
      stdin.resume();
      if (signal.aborted) giveUp();
      else take('');
    });
  }

  /** Lets the waiting keys act on what was typed so far. */
  private press(typed: number[]): 'more' | 'enter' | 'interrupt' {
    let index = 0;
    const done = (what: 'more' | 'enter' | 'interrupt'): typeof what => {
      this.waiting = this.waiting.subarray(index);
      return what;
    };
    while (index < this.waiting.length) {
      const key = this.waiting[index++] ?? 0;
      if (key === 0x1b) {
        const rest = this.waiting.toString('latin1', index, index + 32);
        if (beginningOfFunctionKey.test(rest) && rest.length < 32) {
          index--;
          return done('more');
        }
        index += functionKey.exec(rest)?.[0].length ?? 0;
        continue;
      }
      if (key === 0x0d || key === 0x0a) {
        if (key === 0x0d && this.waiting[index] === 0x0a) index++;
        return done('enter');
      }
      if (key === 0x03) return done('interrupt');
      if (key === 0x04) return done('enter');
      if (key === 0x15) typed.length = 0;
      else if (key === 0x7f || key === 0x08) removeCharacter(typed);
      else if (key >= 0x20 && typed.length <= maxPasswordBytes) typed.push(key);
    }
    return done('more');
  }

  /** Keys that came after the last line belong to whoever reads standard input next. */
  giveBack(stdin: NodeJS.ReadableStream): void {
    if (this.waiting.length > 0 && stdin.readable) stdin.unshift(this.waiting);
  }
}

/** Removes the last character, which is several bytes in UTF-8. */
function removeCharacter(typed: number[]): void {
  for (let byte = typed.pop(); byte !== undefined && (byte & 0xc0) === 0x80; byte = typed.pop());
}
