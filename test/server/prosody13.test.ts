// What the tests of the fast opening take for granted of Prosody 13: SASL2, Bind 2, inline stream management, FAST.
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accepts } from '../support/ports.ts';
import { startProsody13 } from '../support/prosody13.ts';
import { Client } from '../support/raw-client.ts';
import { rawStream } from '../support/raw-stream.ts';
import type { XmppServer } from '../support/servers.ts';

const HEADER = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='alice@localhost' to='localhost' version='1.0'>`;
const BIND = `<bind xmlns='urn:xmpp:bind:0'><tag>test</tag><enable xmlns='urn:xmpp:sm:3'/></bind>`;
const FLIGHT = `<message to='alice@localhost' type='normal'><body>fast</body></message><r xmlns='urn:xmpp:sm:3'/></stream:stream>`;
const FEATURES = /<stream:features>.*<\/stream:features>/s;
const ENDED = /<\/success>|<\/failure>/;
const userAgent = `<user-agent id='${randomUUID()}'><software>test</software></user-agent>`;
const base64 = (data: Buffer | string) => Buffer.from(data).toString('base64');

/** The data of the channel (RFC 9266 §4). This server offers no HT-SHA-256-ENDP: its mod_sasl2 knows the exporter only. */
const bindings: Record<string, (socket: TLSSocket) => Buffer> = {
  NONE: () => Buffer.alloc(0),
  EXPR: (socket) => socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
};

let server: XmppServer;
let options: ConnectionOptions;
beforeAll(async () => {
  server = await startProsody13();
  options = { ca: await readFile(server.caFile) };
  await server.register('alice', 'secret');
});
afterAll(() => server.stop());

/** A secured socket, with nothing said on it yet. */
async function connect(tls: string): Promise<{ client: Client; socket: TLSSocket }> {
  if (tls === 'direct TLS') {
    const client = await Client.tls(server.directTlsPort, options);
    return { client, socket: client.socket as TLSSocket };
  }
  const plain = Client.tcp(server.starttlsPort);
  await plain.say(HEADER, FEATURES);
  await plain.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", /<proceed[^>]*>/);
  plain.socket.removeAllListeners('data');
  const socket = connectTls({ ...options, socket: plain.socket, servername: 'localhost' });
  await once(socket, 'secureConnect');
  return { client: new Client(socket), socket };
}

function authenticate(mechanism: string, initial: Buffer | string, inside: string): string {
  const response = `<initial-response>${base64(initial)}</initial-response>`;
  return `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='${mechanism}'>${response}${userAgent}${inside}</authenticate>`;
}

async function login(tls: string, inside: string): Promise<string> {
  const { client } = await connect(tls);
  await client.say(HEADER, FEATURES);
  const success = await client.say(authenticate('PLAIN', '\0alice\0secret', inside), ENDED);
  client.socket.destroy();
  return success;
}

const tokenFor = (mechanism: string) => `<request-token xmlns='urn:xmpp:fast:0' mechanism='${mechanism}'/>`;
const tokenIn = (success: string) => / token='([^']+)'/.exec(success)?.[1] ?? '';
const proof = (token: string, who: 'Initiator' | 'Responder', channel: Buffer) =>
  createHmac('sha256', token)
    .update(Buffer.concat([Buffer.from(who), channel]))
    .digest();

test('listens on loopback only', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const port of [server.starttlsPort, server.directTlsPort, server.httpsPort, server.proxyPort]) {
    expect(await accepts(port)).toBe(true);
    for (const { address } of outside) expect(await accepts(port, address)).toBe(false);
  }
});

test('serves the clients of Prosody 0.12 too', async () => {
  await server.register('bob', 'secret');
  using stream = await rawStream(server);
  expect(await stream.login('bob', 'secret')).toContain('urn:xmpp:sm:3');
  expect(await stream.message('bob@unreachable.test')).toContain('<remote-server-not-found');
});

describe.each(['direct TLS', 'STARTTLS'])('over %s', (tls) => {
  test('offers SASL2, and within it Bind 2, stream management and FAST', async () => {
    const { client } = await connect(tls);
    const features = await client.say(HEADER, FEATURES);
    client.socket.destroy();
    const sasl2 = /<authentication xmlns='urn:xmpp:sasl:2'>.*<\/authentication>/s.exec(features)?.[0];
    expect(sasl2).toContain('<mechanism>SCRAM-SHA-1-PLUS</mechanism>');
    expect(sasl2).toMatch(/<bind xmlns='urn:xmpp:bind:0'>.*<feature var='urn:xmpp:sm:3'\/>.*<\/bind>/);
    const fast = /<fast xmlns='urn:xmpp:fast:0'>.*<\/fast>/.exec(sasl2 ?? '')?.[0] ?? '';
    const tokens = [...fast.matchAll(/>HT-SHA-256-([A-Z]+)</g)].map(([, binding]) => binding);
    expect(tokens.sort()).toEqual(Object.keys(bindings).sort());
    expect(features).toContain("<channel-binding type='tls-exporter'/>");
  });

  test('logs in, binds, enables stream management and gives a token in one answer', async () => {
    const success = await login(tls, BIND + tokenFor('HT-SHA-256-NONE'));
    expect(success).toMatch(/<authorization-identifier>alice@localhost\/test~/);
    expect(success).toMatch(/<bound xmlns='urn:xmpp:bind:0'><enabled [^>]*xmlns='urn:xmpp:sm:3'/);
    expect(tokenIn(success)).not.toBe('');
  });

  test.each(Object.keys(bindings))(
    'takes a token for HT-SHA-256-%s with a message in the one flight after the handshake',
    async (binding) => {
      const mechanism = `HT-SHA-256-${binding}`;
      const token = tokenIn(await login(tls, tokenFor(mechanism)));
      const { client, socket } = await connect(tls);
      const channel = bindings[binding]?.(socket) ?? Buffer.alloc(0);
      const initial = Buffer.concat([Buffer.from('alice\0'), proof(token, 'Initiator', channel)]);
      const fast = authenticate(mechanism, initial, `<fast xmlns='urn:xmpp:fast:0'/>${BIND}`);
      const answer = await client.say(HEADER + fast + FLIGHT, /<\/stream:stream>/);
      expect(answer).toContain(`<additional-data>${base64(proof(token, 'Responder', channel))}</additional-data>`);
      expect(answer).toContain("<enabled xmlns='urn:xmpp:sm:3'");
      expect(answer).toMatch(/<a [^>]*h='1'/);
    },
  );

  test('refuses a token that it did not give', async () => {
    const { client } = await connect(tls);
    const initial = Buffer.concat([Buffer.from('alice\0'), proof('secret-token:mine', 'Initiator', Buffer.alloc(0))]);
    const fast = authenticate('HT-SHA-256-NONE', initial, "<fast xmlns='urn:xmpp:fast:0'/>");
    expect(await client.say(HEADER + fast, ENDED)).toContain('<not-authorized');
    client.socket.destroy();
  });
});
