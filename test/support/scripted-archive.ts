// An archive of the account on a scripted server: what a listener that catches up asks for.
import type { XmlElement } from './xml-reader.ts';

const MAM = 'urn:xmpp:mam:2';
const RSM = 'http://jabber.org/protocol/rsm';

/** Answers questions to an archive with the messages `id(0)` … `id(size - 1)`, at most 50 a page, oldest first. */
export function scriptedArchive(size: number, bodyOf = (number: number) => `message ${number}`) {
  const idOf = (number: number) => `archive-${number}`;
  return (element: XmlElement): string | undefined => {
    const query = element.child('query', MAM);
    if (!query) return undefined;
    const set = query.child('set', RSM);
    const after = set?.child('after')?.text;
    const backwards = set?.child('before') !== undefined;
    const max = Math.min(50, Number(set?.child('max')?.text ?? 50));
    const first = backwards ? Math.max(0, size - max) : after === undefined ? 0 : Number(after.slice(8)) + 1;
    const numbers = Array.from({ length: Math.min(max, size - first) }, (_, index) => first + index);
    const results = numbers.map((number) => resultOf(idOf(number), bodyOf(number), query.attrs.queryid));
    const complete = backwards ? first === 0 : first + numbers.length >= size;
    const ends =
      numbers.length === 0 ? '' : `<first>${idOf(first)}</first><last>${idOf(first + numbers.length - 1)}</last>`;
    const fin = `<fin xmlns='${MAM}' complete='${complete}'><set xmlns='${RSM}'>${ends}<count>${size}</count></set></fin>`;
    return `${results.join('')}<iq type='result' id='${element.attrs.id}'>${fin}</iq>`;
  };
}

const resultOf = (id: string, body: string, queryId: string | undefined): string =>
  `<message to='alice@localhost/test'><result xmlns='${MAM}' queryid='${queryId}' id='${id}'>` +
  `<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-22T08:00:00Z'/>` +
  `<message xmlns='jabber:client' from='bob@localhost/phone' to='alice@localhost' type='chat' id='m-${id}'><body>${body}</body>` +
  `<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='${id}'/></message></forwarded></result></message>`;
