/**
 * The one ordered list of commands: parser, help, completions, man pages and README are made from it. Each is loaded when
 * it is wanted, because one command costs little of what all together cost.
 */
import type { Command } from '../grammar/command.ts';

const loaders: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['send', async () => (await import('./send.ts')).send],
  ['flush', async () => (await import('./flush.ts')).flush],
  ['sendfile', async () => (await import('./sendfile.ts')).sendfile],
  ['get', async () => (await import('./get.ts')).get],
  ['listen', async () => (await import('./listen.ts')).listen],
  ['history', async () => (await import('./history.ts')).history],
  ['unread', async () => (await import('./unread.ts')).unread],
  ['muc create', async () => (await import('./muc/create.ts')).mucCreate],
  ['muc join', async () => (await import('./muc/join.ts')).mucJoin],
  ['muc send', async () => (await import('./muc/send.ts')).mucSend],
  ['muc listen', async () => (await import('./muc/join.ts')).mucListen],
  ['muc members', async () => (await import('./muc/members.ts')).mucMembers],
  ['muc list', async () => (await import('./muc/list.ts')).mucList],
  ['muc info', async () => (await import('./muc/info.ts')).mucInfo],
  ['muc invite', async () => (await import('./muc/invite.ts')).mucInvite],
  ['muc subject', async () => (await import('./muc/subject.ts')).mucSubject],
  ['muc config', async () => (await import('./muc/config.ts')).mucConfig],
  ['muc kick', async () => (await import('./muc/kick.ts')).mucKick],
  ['muc ban', async () => (await import('./muc/ban.ts')).mucBan],
  ['muc affiliation', async () => (await import('./muc/affiliation.ts')).mucAffiliation],
  ['muc destroy', async () => (await import('./muc/destroy.ts')).mucDestroy],
  ['muc history', async () => (await import('./muc/history.ts')).mucHistory],
  ['muc leave', async () => (await import('./muc/leave.ts')).mucLeave],
  ['muc bookmarks', async () => (await import('./muc/bookmarks.ts')).mucBookmarks],
  ['contacts', async () => (await import('./contacts.ts')).contacts],
  ['info', async () => (await import('./info.ts')).info],
  ['add', async () => (await import('./add.ts')).add],
  ['accept', async () => (await import('./answer-request.ts')).accept],
  ['deny', async () => (await import('./answer-request.ts')).deny],
  ['remove', async () => (await import('./remove.ts')).remove],
  ['block', async () => (await import('./block.ts')).block],
  ['unblock', async () => (await import('./block.ts')).unblock],
  ['presence set', async () => (await import('./presence-set.ts')).presenceSet],
  ['presence get', async () => (await import('./presence-get.ts')).presenceGet],
  ['register', async () => (await import('./register.ts')).register],
  ['login', async () => (await import('./login.ts')).login],
  ['logout', async () => (await import('./logout.ts')).logout],
  ['passwd', async () => (await import('./passwd.ts')).passwd],
  ['delete', async () => (await import('./delete.ts')).deleteAccount],
  ['accounts', async () => (await import('./accounts.ts')).accounts],
  ['accounts use', async () => (await import('./accounts.ts')).accountsUse],
  ['import', async () => (await import('./import.ts')).importAccounts],
  ['doctor', async () => (await import('./doctor.ts')).doctor],
  ['services', async () => (await import('./services.ts')).services],
  ['raw', async () => (await import('./raw.ts')).raw],
  ['completion', async () => (await import('./completion.ts')).completion],
  ['schema', async () => (await import('./schema.ts')).schema],
]);

/** In the order of the list. */
export const commandNames: readonly string[] = [...loaders.keys()];

/** All commands, in the order of the list. */
export const allCommands = (): Promise<readonly Command[]> => Promise.all([...loaders.values()].map((load) => load()));

/** The command that the command line begins with; undefined if its first words do not tell. */
export async function commandOf([first = '', second = '']: readonly string[]): Promise<Command | undefined> {
  const isGroup = commandNames.some((name) => name.startsWith(`${first} `));
  return await loaders.get(isGroup ? `${first} ${second}` : first)?.();
}
