/** Options of what listens and takes files at the same time. */
import { XmppctlError } from '../errors.ts';
import { flag, option, options, type Values } from '../grammar/command.ts';
import { directory, jid, size } from '../grammar/values.ts';
import type { FileOutcome } from '../listen/download.ts';
import type { Jid } from '../xmpp/jid.ts';
import type { Context } from './context.ts';
import type { Event } from './events.ts';

export const downloadArgs = {
  download: option(directory(), 'save files there that people in --download-from announce'),
  downloadFrom: options(jid(), 'fetch the files that this JID announces'),
  acceptFrom: options(jid(), 'take files that this JID offers directly, without an upload service', {
    description:
      'Whoever sees the presence of the account sees that files are taken there; only these people may send some.',
  }),
  maxSize: option(size(), 'refuse files that are larger', { presetText: '100M' }),
  allowPrivate: flag('fetch files also from private and loopback addresses'),
};

/** Nobody is trusted unless named: a file from anybody else would fill the disk, and tell them where we are. */
export function checkDownloadArgs(args: Values<typeof downloadArgs>): void {
  const trusted = args.downloadFrom.length + args.acceptFrom.length;
  if (args.download !== undefined && trusted === 0)
    throw new XmppctlError('usage', '--download takes files only from whom you name', {
      hint: 'Add --download-from JID or --accept-from JID.',
    });
  if (args.download === undefined && trusted > 0)
    throw new XmppctlError('usage', 'there is no directory for the files', { hint: 'Add --download DIR.' });
}

export const fileEvent = (outcome: FileOutcome, account: Jid, ctx: Context): Event => ({
  v: 1,
  event: 'file',
  time: ctx.clock.now().toISOString(),
  account: account.bare,
  ...outcome,
});
