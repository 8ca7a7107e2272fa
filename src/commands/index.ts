/** The one ordered list of commands: parser, help, completions, man pages and README are made from it. */
import type { Command } from '../grammar/command.ts';
import { accounts, accountsUse } from './accounts.ts';
import { add } from './add.ts';
import { accept, deny } from './answer-request.ts';
import { block, unblock } from './block.ts';
import { completion } from './completion.ts';
import { contacts } from './contacts.ts';
import { deleteAccount } from './delete.ts';
import { doctor } from './doctor.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { importAccounts } from './import.ts';
import { info } from './info.ts';
import { listen } from './listen.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { mucCommands } from './muc/index.ts';
import { passwd } from './passwd.ts';
import { presenceGet } from './presence-get.ts';
import { presenceSet } from './presence-set.ts';
import { raw } from './raw.ts';
import { register } from './register.ts';
import { remove } from './remove.ts';
import { schema } from './schema.ts';
import { send } from './send.ts';
import { sendfile } from './sendfile.ts';
import { services } from './services.ts';
import { unread } from './unread.ts';

export const commands: readonly Command[] = [
  send,
  sendfile,
  get,
  listen,
  history,
  unread,
  ...mucCommands,
  contacts,
  info,
  add,
  accept,
  deny,
  remove,
  block,
  unblock,
  presenceSet,
  presenceGet,
  register,
  login,
  logout,
  passwd,
  deleteAccount,
  accounts,
  accountsUse,
  importAccounts,
  doctor,
  services,
  raw,
  completion,
  schema,
];
