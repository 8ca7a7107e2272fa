/** XEP-0313: Message Archive Management: questions to an archive, and its answers. */
import { XmppctlError } from '../errors.ts';
import { type Jid, readJid } from './jid.ts';
import { submitForm } from './xep0004-data-forms.ts';
import { type Page, type PageRequest, pageRequest, readPage } from './xep0059-rsm.ts';
import { readForwarded } from './xep0297-forwarding.ts';
import { type Element, ns, xml } from './xml.ts';

export const nsMam = 'urn:xmpp:mam:2';

/** What messages are wanted; absent parts do not restrict (section 4.1). */
export interface ArchiveFilter {
  /** The archive of that room (its bare JID); absent: the own account's. */
  readonly archive?: Jid | undefined;
  /** Only messages to or from that JID; in a room's archive few servers know this. */
  readonly with?: Jid | undefined;
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
  /** Further fields of the form, for what a server offers beyond the XEP (full-text search). */
  readonly fields?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** The IQ that asks for one page; `queryId` marks its results. */
export function archiveQuery(filter: ArchiveFilter, page: PageRequest, queryId: string): Element {
  const { archive, start, end } = filter;
  const form = new Map<string, readonly string[]>([['FORM_TYPE', [nsMam]]]);
  if (filter.with) form.set('with', [filter.with.full]);
  if (start) form.set('start', [start.toISOString()]);
  if (end) form.set('end', [end.toISOString()]);
  for (const [name, values] of filter.fields ?? []) form.set(name, values);
  return xml(
    'iq',
    { type: 'set', to: archive?.bare },
    xml('query', { xmlns: nsMam, queryid: queryId }, submitForm(form), pageRequest(page)),
  );
}

/** Asks which fields the archive's form has (section 4.1.1). */
export const archiveFormRequest = (archive?: Jid): Element =>
  xml('iq', { type: 'get', to: archive?.bare }, xml('query', { xmlns: nsMam }));

export interface ArchivedMessage {
  /** The archive's id of the message. */
  readonly id: string;
  /** When the archive got it; null if it does not say. */
  readonly time: Date | null;
  readonly message: Element;
}

/** Whose archive answers: the room's bare JID, or the own account (which may leave the sender out). */
export interface ArchiveOwner {
  readonly archive: Jid | undefined;
  readonly account: Jid;
}

/**
 * One result of the query `queryId`; undefined for everything else, also for results that another JID than the archive
 * sent (section 8.1, CASES 33). A result without id or message reads as undefined too: there is nothing to show.
 */
export function readArchived(stanza: Element, queryId: string, owner: ArchiveOwner): ArchivedMessage | undefined {
  const result = stanza.is('message', ns.client) ? stanza.getChild('result', nsMam) : undefined;
  if (!result || result.attrs.queryid !== queryId || !isFrom(stanza, owner)) return undefined;
  const forwarded = readForwarded(result);
  const { id } = result.attrs;
  return id !== undefined && id !== '' && forwarded ? { id, ...forwarded } : undefined;
}

/** Whether a stanza carries a result of some archive query, asked for or not, true or forged. */
export const isArchiveResult = (stanza: Element): boolean => stanza.getChild('result', nsMam) !== undefined;

/** Whether it is a result that the owner of the archive sent for that query, complete or not. */
export const isResultOf = (stanza: Element, queryId: string, owner: ArchiveOwner): boolean =>
  stanza.getChild('result', nsMam)?.attrs.queryid === queryId && isFrom(stanza, owner);

function isFrom(stanza: Element, { archive, account }: ArchiveOwner): boolean {
  const { from } = stanza.attrs;
  if (archive) return readJid(from)?.full === archive.bare;
  return from === undefined || readJid(from)?.full === account.bare;
}

export interface ArchiveEnd extends Page {
  /** No further page in this direction. */
  readonly complete: boolean;
  /** False: what was sent now may be in the archive's order differently later (section 4.3.4). */
  readonly stable: boolean;
}

/** What the answer to a query says of the page that came. Throws kind protocol if it says nothing. */
export function readArchiveEnd(iq: Element): ArchiveEnd {
  const fin = iq.getChild('fin', nsMam);
  if (!fin) throw new XmppctlError('protocol', 'the archive broke the protocol: its answer has no <fin/>');
  const page = readPage(fin) ?? { first: null, last: null, count: null };
  const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1';
  return {
    ...page,
    complete: isTrue(fin.attrs.complete),
    stable: fin.attrs.stable === undefined || isTrue(fin.attrs.stable),
  };
}
