/** The one ordered list of commands: parser, help, completions, man pages and README are made from it. */
import type { Command } from '../grammar/command.ts';
import { accounts, accountsUse } from './accounts.ts';
import { doctor } from './doctor.ts';
import { get } from './get.ts';
import { listen } from './listen.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { mucCommands } from './muc/index.ts';
import { raw } from './raw.ts';
import { register } from './register.ts';
import { send } from './send.ts';
import { sendfile } from './sendfile.ts';
import { services } from './services.ts';

export const commands: readonly Command[] = [
  send,
  sendfile,
  get,
  listen,
  ...mucCommands,
  register,
  login,
  logout,
  accounts,
  accountsUse,
  doctor,
  services,
  raw,
];
