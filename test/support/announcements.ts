/** The other half of announced files: a server where bob tells alice of files, and a place where they are. */
import { createHash } from 'node:crypto';
import { password } from './attempt.ts';
import { type Handler, type HttpsServer, httpsServer } from './https-server.ts';
import { type ScriptedServer, scriptedServer } from './scripted-server.ts';
import { escapeXml } from './xml-reader.ts';
import type { Result } from './xmppctl.ts';

export interface Announcement {
  /** Default bob@localhost/phone. */
  from?: string;
  path?: string;
  url?: string;
  name?: string;
  size?: number;
  /** What the hash is said to be of. */
  of?: string;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64');

export function announces(base: string, announcement: Announcement): string {
  const { from = 'bob@localhost/phone', path = '/x', name, size, of } = announcement;
  const { url = base + path } = announcement;
  const file = [
    name === undefined ? '' : `<name>${escapeXml(name)}</name>`,
    size === undefined ? '' : `<size>${size}</size>`,
    of === undefined ? '' : `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${hashOf(of)}</hash>`,
  ];
  const source = `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${escapeXml(url)}'/></sources>`;
  return (
    `<message from='${from}' to='alice@localhost' type='chat'><body>${escapeXml(url)}</body>` +
    `<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>${file.join('')}</file>${source}</file-sharing></message>`
  );
}

/** Runs a listener to the end while these messages come; gives what it printed, and what was asked for. */
export async function listenTo<R extends Pick<Result, 'lines'>>(
  messages: (http: HttpsServer) => readonly string[],
  handler: Handler,
  listen: (server: ScriptedServer, args: readonly string[]) => Promise<R>,
) {
  await using http = await httpsServer(handler);
  const said = messages(http);
  await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    peer.acks();
    await peer.session((stanza) => (stanza.name === 'presence' ? said.join('') : undefined));
  });
  const trust = ['--download-from', 'bob@localhost', '--allow-private', '--ca-file', http.caFile];
  const result = await listen(server, ['listen', '--json', '--count', `${said.length}`, ...trust]);
  const events = result.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  const files = events.filter(({ event }) => event === 'file');
  return { result, files, messages: events.length - files.length, asked: http.asked };
}
