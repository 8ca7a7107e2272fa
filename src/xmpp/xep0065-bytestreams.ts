/** XEP-0065: SOCKS5 Bytestreams: what is asked of a proxy. */
import { createHash } from 'node:crypto';
import type { DiscoInfo } from './xep0030-disco.ts';
import { type Element, xml } from './xml.ts';

const nsBytestreams = 'http://jabber.org/protocol/bytestreams';

export interface StreamHost {
  readonly jid: string;
  readonly host: string;
  readonly port: number;
}

export const isStreamProxy = ({ identities }: DiscoInfo): boolean =>
  identities.some(({ category, type }) => category === 'proxy' && type === 'bytestreams');

export const streamHostRequest = (to: string): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsBytestreams }));

/** Where the proxy is; undefined if it does not say. */
export function readStreamHost(iq: Element): StreamHost | undefined {
  const { jid, host, port } = iq.getChild('query', nsBytestreams)?.getChild('streamhost', nsBytestreams)?.attrs ?? {};
  const number = /^\d{1,5}$/.test(port ?? '') ? Number(port) : 0;
  return jid && host && number > 0 && number <= 65_535 ? { jid, host, port: number } : undefined;
}

/** Tells the proxy to connect us with the target. */
export const activate = (proxy: string, sid: string, target: string): Element =>
  xml('iq', { type: 'set', to: proxy }, xml('query', { xmlns: nsBytestreams, sid }, xml('activate', {}, target)));

/** What stands for the stream in place of a host (section 5.3.2): who offered the connection comes first. */
export const streamAddress = (sid: string, offerer: string, other: string): string =>
  createHash('sha1')
    .update(sid + offerer + other)
    .digest('hex');
