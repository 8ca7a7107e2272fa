import { defineCommand } from '../grammar/command.ts';
import { discoInfo, discoverServices } from '../session/disco.ts';
import type { Session } from '../session/types.ts';
import type { DiscoInfo } from '../xmpp/xep0030-disco.ts';
import { maxFileSize } from '../xmpp/xep0363-http-upload.ts';
import { bytesText } from './bytes-text.ts';

interface ServiceRow {
  readonly jid: string;
  readonly name: string | null;
  readonly category: string | null;
  readonly type: string | null;
  readonly features: readonly string[];
  readonly limits: { readonly maxFileSize: number } | { readonly maxStanzaSize: number } | null;
}

export const services = defineCommand({
  name: 'services',
  summary: 'list what the server offers',
  description:
    'Asks the server, the services that belong to it, and the account itself what they are and what they can do (XEP-0030). The table shows the ' +
    'features that this program knows by name; --json has all of them. Services that do not answer within 5 seconds are left out.',
  args: {},
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'jid', summary: 'the address of the service', type: 'string' },
    { key: 'name', summary: 'what it calls itself', type: 'string', column: false },
    { key: 'category', summary: 'its kind: server, conference, store, proxy … (XEP-0030)', type: 'string' },
    { key: 'type', summary: 'the kind within the category', type: 'string' },
    { key: 'limits', summary: 'in bytes: {maxFileSize} of uploads, {maxStanzaSize}', type: 'object', show: limitsText },
    { key: 'features', summary: 'the namespaces of what it can do', type: 'string[]', show: knownFeatures },
  ],
  examples: [
    ['xmppctl services', 'what there is'],
    [
      `xmppctl services --json | jq -r '.[] | select(.features | index("urn:xmpp:http:upload:0")).jid'`,
      'the upload service, for a script',
    ],
  ],
  fails: ['unavailable'],
  async run(_args, ctx) {
    await using session = await ctx.connect();
    const account = discoInfo(session, session.jid.bare).catch(() => undefined);
    const found = await discoverServices(session);
    const rows = found.map(({ jid, name, info }) => row(jid, name, info, session));
    const own = await account;
    return own && session.jid.local !== undefined ? [...rows, row(session.jid.bare, null, own, session)] : rows;
  },
});

function row(jid: string, name: string | null, info: DiscoInfo, session: Session): ServiceRow {
  // A server or an account that has PEP (XEP-0163) says so by one more identity.
  const identity = info.identities.find(({ type }) => type !== 'pep') ?? info.identities[0];
  const { maxStanzaBytes } = session;
  const fileSize = maxFileSize(info);
  const ofServer = jid === session.jid.domain && maxStanzaBytes !== null ? { maxStanzaSize: maxStanzaBytes } : null;
  return {
    jid,
    name: name ?? identity?.name ?? null,
    category: identity?.category ?? null,
    type: identity?.type ?? null,
    features: [...info.features].sort(),
    limits: fileSize === undefined ? ofServer : { maxFileSize: fileSize },
  };
}

function limitsText(value: unknown): string {
  const limits = value as { maxFileSize?: number; maxStanzaSize?: number };
  if (limits.maxFileSize !== undefined) return `files ${bytesText(limits.maxFileSize)}`;
  return limits.maxStanzaSize === undefined ? '' : `stanzas ${bytesText(limits.maxStanzaSize)}`;
}

/** Features that people ask for, in words. */
const featureWords = new Map([
  ['http://jabber.org/protocol/bytestreams', 'bytestreams'],
  ['http://jabber.org/protocol/commands', 'commands'],
  ['http://jabber.org/protocol/muc', 'rooms'],
  ['http://jabber.org/protocol/pubsub', 'pubsub'],
  ['http://jabber.org/protocol/pubsub#publish', 'pep'],
  ['jabber:iq:last', 'last activity'],
  ['jabber:iq:register', 'register'],
  ['jabber:iq:search', 'search'],
  ['jabber:iq:version', 'version'],
  ['msgoffline', 'offline messages'],
  ['urn:xmpp:blocking', 'blocking'],
  ['urn:xmpp:bookmarks:1#compat', 'bookmarks'],
  ['urn:xmpp:carbons:2', 'carbons'],
  ['urn:xmpp:extdisco:2', 'calls'],
  ['urn:xmpp:http:upload:0', 'upload'],
  ['urn:xmpp:mam:2', 'archive'],
  ['urn:xmpp:ping', 'ping'],
  ['urn:xmpp:push:0', 'push'],
  ['urn:xmpp:time', 'time'],
  ['vcard-temp', 'vcard'],
]);

function knownFeatures(value: unknown): string {
  const words = (value as readonly string[]).flatMap((feature) => featureWords.get(feature) ?? []);
  return words.sort().join(', ');
}
