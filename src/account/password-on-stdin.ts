/** The account's password as the first line of standard input: taken once, before anybody else reads there. */
import type { System } from '../system.ts';
import type { Outcome } from './first-line.ts';
import { isStdin, passwordFromStdin } from './password-file.ts';
import type { PasswordOptions } from './secrets.ts';

const taken = new WeakMap<System['stdin'], Promise<Outcome>>();

export function passwordOnStdin(system: Pick<System, 'stdin'>, signal: AbortSignal): Promise<Outcome> {
  const line = taken.get(system.stdin) ?? passwordFromStdin(system, signal);
  taken.set(system.stdin, line);
  return line;
}

/** Whether the options, or else the environment, say that it is there. */
export function isPasswordOnStdin(options: PasswordOptions, env: System['env']): boolean {
  const { passwordStdin = false, passwordFile, passwordCommand } = options;
  const file = passwordFile ?? (passwordCommand === undefined ? env.XMPPCTL_PASSWORD_FILE : undefined);
  return passwordStdin || (file !== undefined && isStdin(file));
}
