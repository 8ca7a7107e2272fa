/** The server's half of XEP-0363 in a script: discovery, and slots as the test likes them. */

import { password, run } from './attempt.ts';
import { type Handler, type HttpsServer, httpsServer, stores } from './https-server.ts';
import { type Peer, result } from './peer.ts';
import { type Script, scriptedServer } from './scripted-server.ts';
import { escapeXml, type XmlElement } from './xml-reader.ts';

const UPLOAD = 'urn:xmpp:http:upload:0';

export interface UploadScript {
  password: string;
  /** The answer to a request for a slot; '' for none. */
  slot: (iq: XmlElement, peer: Peer) => string;
  /** In bytes. */
  maxSize?: number;
  /** Sees what else the client sends. */
  heard?: (stanza: XmlElement) => void;
}

/** `<slot/>` for the PUT and the GET, with the headers to be sent. */
export function slotFor(
  iq: XmlElement,
  put: string,
  get = put,
  headers: readonly (readonly [string, string])[] = [],
): string {
  const lines = headers.map(([name, value]) => `<header name='${attribute(name)}'>${escapeXml(value)}</header>`);
  const inner = `<put url='${escapeXml(put)}'>${lines.join('')}</put><get url='${escapeXml(get)}'/>`;
  return result(iq, `<slot xmlns='${UPLOAD}'>${inner}</slot>`);
}

/** Newlines in attributes are spaces to parsers unless they are written like this. */
const attribute = (value: string): string => escapeXml(value).replace(/\r/g, '&#13;').replace(/\n/g, '&#10;');

/** Lets alice in, has an upload service, and acknowledges everything. */
export const offersUploads =
  ({ password, slot, maxSize, heard }: UploadScript): Script =>
  async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => {
      const query = stanza.elements[0];
      if (query?.ns === 'http://jabber.org/protocol/disco#items') {
        return result(stanza, `<query xmlns='${query.ns}'><item jid='upload.localhost'/></query>`);
      }
      if (query?.ns === 'http://jabber.org/protocol/disco#info' && stanza.attrs.to === 'upload.localhost') {
        const limit = maxSize === undefined ? '' : `<field var='max-file-size'><value>${maxSize}</value></field>`;
        const form = `<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>${UPLOAD}</value></field>${limit}</x>`;
        return result(stanza, `<query xmlns='${query.ns}'><feature var='${UPLOAD}'/>${form}</query>`);
      }
      if (query?.name === 'request' && query.ns === UPLOAD) return slot(stanza, peer);
      heard?.(stanza);
      return undefined;
    });
  };

export interface Attempt {
  slot?: (iq: XmlElement, http: HttpsServer) => string;
  handler?: Handler;
  maxSize?: number;
  seconds?: number;
  within?: number;
  args?: readonly string[];
  /** Done when the request has come. */
  meanwhile?: (http: HttpsServer) => Promise<void>;
}

/** `sendfile bob@localhost PATH` against a server with that service; and what the other side saw of it. */
export async function sendfile(path: string, options: Attempt = {}) {
  const { handler = stores, slot = (iq, http) => slotFor(iq, `${http.url}/put/x`, `${http.url}/get/x`) } = options;
  await using http = await httpsServer(handler);
  const messages: string[] = [];
  let slots = 0;
  const script: UploadScript = {
    password,
    slot: (iq) => {
      slots += 1;
      return slot(iq, http);
    },
    heard: (stanza) => {
      if (stanza.name === 'message') messages.push(stanza.toString());
    },
    ...(options.maxSize === undefined ? {} : { maxSize: options.maxSize }),
  };
  await using server = await scriptedServer({ tls: 'direct' }, offersUploads(script));
  const running = run(['sendfile', 'bob@localhost', path, '--json', ...(options.args ?? [])], server, {
    seconds: options.seconds ?? 10,
    ...(options.within === undefined ? {} : { within: options.within }),
  });
  await options.meanwhile?.(http);
  const result = await running;
  return { result, messages, slots, asked: http.asked, connections: http.connections };
}
