/** XEP-0030: Service Discovery. */
import { type Jid, readJid } from './jid.ts';
import { type DataForm, readForm, readForms } from './xep0004-data-forms.ts';
import { type Element, xml } from './xml.ts';

export const nsDiscoInfo = 'http://jabber.org/protocol/disco#info';
export const nsDiscoItems = 'http://jabber.org/protocol/disco#items';

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name: string | null;
}
export interface DiscoInfo {
  readonly identities: readonly Identity[];
  readonly features: ReadonlySet<string>;
  /** The first XEP-0128 extension. */
  readonly form: DataForm | undefined;
  /** All of them. */
  readonly forms: readonly DataForm[];
}
export interface DiscoItem {
  readonly jid: Jid;
  readonly name: string | null;
  readonly node: string | null;
}

export const discoInfoRequest = (to: string, node?: string): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsDiscoInfo, node }));

export const discoItemsRequest = (to: string, node?: string, page?: Element): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsDiscoItems, node }, page));

/** What an entity is and can do; an answer without a query reads as nothing at all. */
export function readDiscoInfo(iq: Element): DiscoInfo {
  const query = iq.getChild('query', nsDiscoInfo);
  const identities = query?.getChildren('identity', nsDiscoInfo) ?? [];
  const features = query?.getChildren('feature', nsDiscoInfo) ?? [];
  return {
    identities: identities.map(({ attrs }) => ({
      category: attrs.category ?? '',
      type: attrs.type ?? '',
      name: attrs.name ?? null,
    })),
    features: new Set(features.flatMap(({ attrs }) => (attrs.var === undefined ? [] : [attrs.var]))),
    form: query && readForm(query),
    forms: query ? readForms(query) : [],
  };
}

/** What belongs to an entity; items without a valid JID are passed over. */
export function readDiscoItems(iq: Element): DiscoItem[] {
  const items = iq.getChild('query', nsDiscoItems)?.getChildren('item', nsDiscoItems) ?? [];
  return items.flatMap(({ attrs }) => {
    const jid = readJid(attrs.jid);
    return jid ? [{ jid, name: attrs.name ?? null, node: attrs.node ?? null }] : [];
  });
}

/** What we are. */
export const ownIdentity = { category: 'client', type: 'bot', name: 'xmppctl' } as const;

/** Whether the IQ asks what we are and can do, as a whole or at that node (XEP-0115 6.2). */
export const asksForInfo = (iq: Element, node: string): boolean => {
  const query = iq.attrs.type === 'get' ? iq.getChild('query', nsDiscoInfo) : undefined;
  return query !== undefined && [undefined, node].includes(query.attrs.node);
};

/** The answer to it: a client with exactly those features. */
export const discoInfoAnswer = (iq: Element, features: readonly string[]): Element =>
  xml(
    'iq',
    { type: 'result', id: iq.attrs.id, to: iq.attrs.from },
    xml(
      'query',
      { xmlns: nsDiscoInfo, node: iq.getChild('query', nsDiscoInfo)?.attrs.node },
      xml('identity', ownIdentity),
      features.map((feature) => xml('feature', { var: feature })),
    ),
  );
