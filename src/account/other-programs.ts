/** Accounts that other programs on this machine keep: where, and in which format. */
import { join } from 'node:path';
import type { OtherProgram, OtherPrograms } from '../commands/context.ts';
import { shellWord, XmppctlError } from '../errors.ts';
import type { System } from '../system.ts';
import { homeOf } from './paths.ts';
import { openToRead, readableByOthers, readText, refuseUnsafeFile } from './private-files.ts';
import { parseProfanityAccounts } from './profanity-accounts.ts';
import { accountOf, type KeptAccount, parseSendxmpprc } from './sendxmpprc.ts';

type Surroundings = Pick<System, 'env' | 'platform' | 'uid'>;

const oneAccount = (text: string, path: string): KeptAccount[] => [accountOf(parseSendxmpprc(text, path), path)];
const formats: Readonly<Record<OtherProgram, (text: string, path: string) => KeptAccount[]>> = {
  sendxmpp: oneAccount,
  'go-sendxmpp': oneAccount,
  profanity: parseProfanityAccounts,
};

/** Where each program keeps its accounts; of several places the first that is there counts. */
export function placesOf(system: Surroundings): Readonly<Record<OtherProgram, readonly string[]>> {
  const home = homeOf(system);
  const config = system.env.XDG_CONFIG_HOME || join(home, '.config');
  const data = system.env.XDG_DATA_HOME || join(home, '.local', 'share');
  return {
    sendxmpp: [join(home, '.sendxmpprc')],
    'go-sendxmpp': [join(config, 'go-sendxmpp', 'config'), join(config, 'go-sendxmpp', 'sendxmpprc')],
    profanity: [join(data, 'profanity', 'accounts')],
  };
}

/**
 * The text of a file with passwords; undefined if there is none. Throws kind config if it is somebody else's or others can
 * change it; whether they can read it is for the caller to judge.
 */
export async function readForeignFile(
  path: string,
  system: Surroundings,
): Promise<{ text: string; readableByOthers: boolean } | undefined> {
  const owner = system.platform === 'win32' ? undefined : system.uid;
  const file = await openToRead(path);
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    refuseUnsafeFile(path, found, owner, false);
    return {
      text: await readText(file, path, 'config'),
      readableByOthers: owner !== undefined && readableByOthers(found),
    };
  } finally {
    await file.close();
  }
}

/** Reads them for `import`; `warn` is told of files that others can read. */
export function createOtherPrograms(system: Surroundings, warn: (line: string) => void): OtherPrograms {
  const read = async (program: OtherProgram, path: string) => {
    const found = await readForeignFile(path, system);
    if (found === undefined) return undefined;
    if (found.readableByOthers) warn(`other users can read ${path}; run: chmod 600 ${shellWord(path)}`);
    return formats[program](found.text, path).map((account) => ({ ...account, program, path }));
  };
  return {
    async accounts(only, file) {
      const places = placesOf(system);
      const programs = only === undefined ? (Object.keys(places) as OtherProgram[]) : [only];
      const looked: string[] = [];
      const accounts = [];
      for (const program of programs) {
        for (const path of file === undefined ? places[program] : [file]) {
          looked.push(path);
          const found = await read(program, path);
          if (found) {
            accounts.push(...found);
            break;
          }
        }
      }
      if (accounts.length > 0) return accounts;
      throw new XmppctlError('noinput', 'there is no account to import. Looked in:', { list: looked });
    },
  };
}
