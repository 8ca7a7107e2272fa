/** Reading an archive page by page, so that memory stays constant however long it is (XEP-0313, XEP-0059). */
import { XmppctlError } from '../errors.ts';
import type { Refusals, Session } from '../session/types.ts';
import type { PageRequest } from '../xmpp/xep0059-rsm.ts';
import {
  type ArchivedMessage,
  type ArchiveEnd,
  type ArchiveFilter,
  archiveQuery,
  readArchived,
  readArchiveEnd,
} from '../xmpp/xep0313-mam.ts';

/** What most servers send at most at once. */
const usualPage = 50;

export interface ArchivePage extends ArchiveEnd {
  /** In the archive's order. */
  readonly messages: readonly ArchivedMessage[];
}

export interface ArchiveTools {
  randomId(): string;
  readonly refusals?: Refusals;
}

/** One page. Throws what the archive refuses with; kind protocol if it sends more than was asked for. */
export async function archivePage(
  session: Session,
  filter: ArchiveFilter,
  page: PageRequest,
  { randomId, refusals }: ArchiveTools,
): Promise<ArchivePage> {
  const queryId = randomId();
  const owner = { archive: filter.archive, account: session.jid };
  const messages: ArchivedMessage[] = [];
  let tooMany = false;
  const results = session.expect((stanza) => {
    const message = readArchived(stanza, queryId, owner);
    if (message && messages.length < page.max) messages.push(message);
    else if (message) tooMany = true;
    return undefined;
  });
  try {
    const end = readArchiveEnd(await session.request(archiveQuery(filter, page, queryId), refusals));
    if (tooMany) {
      throw new XmppctlError('protocol', `the archive sent more than the ${page.max} messages that were asked for`);
    }
    return { ...end, messages };
  } finally {
    results.cancel();
  }
}

export interface ArchiveStart {
  /** The archive's id of the message before the first that is wanted; absent: the beginning. */
  readonly after?: string | undefined;
  readonly pageSize?: number | undefined;
}

/**
 * The pages from there to the archive's end, oldest first. Ends also where an archive contradicts itself: an empty
 * page that is not the last, or one that ends where the one before it did (CASES 85).
 */
export async function* archivePages(
  session: Session,
  filter: ArchiveFilter,
  { after, pageSize = usualPage }: ArchiveStart,
  tools: ArchiveTools,
): AsyncGenerator<ArchivePage> {
  let cursor = after;
  for (;;) {
    const page = await archivePage(session, filter, { max: pageSize, after: cursor }, tools);
    yield page;
    const last = page.last ?? page.messages.at(-1)?.id;
    if (page.complete || page.messages.length === 0 || last === undefined || last === cursor) return;
    cursor = last;
  }
}

/** The messages from there to the archive's end, oldest first. */
export async function* archived(
  session: Session,
  filter: ArchiveFilter,
  start: ArchiveStart,
  tools: ArchiveTools,
): AsyncGenerator<ArchivedMessage> {
  let before = new Set<string>();
  for await (const { messages } of archivePages(session, filter, start, tools)) {
    // An archive that goes back a little, or does not move at all, tells nothing twice (CASES 85).
    yield* messages.filter(({ id }) => !before.has(id));
    before = new Set(messages.map(({ id }) => id));
  }
}

/**
 * The last `count` messages, oldest first. Goes back page by page to where they begin, keeping only the page at hand,
 * and forward again from there.
 */
export async function* lastArchived(
  session: Session,
  filter: ArchiveFilter,
  count: number,
  tools: ArchiveTools,
): AsyncGenerator<ArchivedMessage> {
  let seen = 0;
  let before = '';
  for (;;) {
    const page = await archivePage(session, filter, { max: Math.min(count - seen, usualPage), before }, tools);
    seen += page.messages.length;
    const first = page.first ?? page.messages[0]?.id;
    const isFirst = page.complete || page.messages.length === 0 || first === undefined || first === before;
    if (seen < count && !isFirst) {
      before = first;
      continue;
    }
    yield* page.messages;
    const last = page.last ?? page.messages.at(-1)?.id;
    if (seen > page.messages.length && last !== undefined) yield* archived(session, filter, { after: last }, tools);
    return;
  }
}
