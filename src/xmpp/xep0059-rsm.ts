/** XEP-0059: Result Set Management. */
import { childText, type Element, xml } from './xml.ts';

const nsRsm = 'http://jabber.org/protocol/rsm';

export interface PageRequest {
  readonly max: number;
  /** The page after that item; '' is the first page. */
  readonly after?: string | undefined;
  /** The page before that item; '' is the last page. */
  readonly before?: string | undefined;
}
export interface Page {
  readonly first: string | null;
  readonly last: string | null;
  readonly count: number | null;
}

export const pageRequest = ({ max, after, before }: PageRequest): Element =>
  xml(
    'set',
    { xmlns: nsRsm },
    xml('max', {}, String(max)),
    after === undefined || after === '' ? undefined : xml('after', {}, after),
    before === undefined ? undefined : xml('before', {}, before),
  );

/** The page that an answer is; undefined where the other side does not page. */
export function readPage(parent: Element): Page | undefined {
  const set = parent.getChild('set', nsRsm);
  if (!set) return undefined;
  const count = childText(set, 'count');
  return {
    first: childText(set, 'first'),
    last: childText(set, 'last'),
    count: count !== null && /^\d{1,15}$/.test(count) ? Number(count) : null,
  };
}
