/** The tests' own tools, tried with raw sockets. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { type Certificate, issue, spkiPin } from '../support/certs.ts';
import type { Peer } from '../support/peer.ts';
import { Client, HEADER, SASL } from '../support/raw-client.ts';
import { scriptedServer } from '../support/scripted-server.ts';

describe('certificates', () => {
  test('are the ones that were asked for', async () => {
    const good = await issue({ names: ['example.test', '127.0.0.1'], srvNames: ['_xmpp-client.example.test'] });
    const options = { ca: readFileSync(good.caFile), servername: 'example.test' };
    const refusal = async (certificate: Certificate) => {
      await using server = await scriptedServer({ tls: 'direct', ...certificate }, (peer) => peer.gone());
      try {
        const client = await Client.tls(server.port, options);
        client.socket.destroy();
        return 'none';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    expect(await refusal(good)).toBe('none');
    expect(await refusal(await issue({ names: ['example.test'], expired: true }))).toBe('CERT_HAS_EXPIRED');
    expect(await refusal(await issue({ names: ['example.test'], selfSigned: true }))).toBe(
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    );
    expect(await refusal(await issue({ names: ['example.test'], otherCa: true }))).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    expect(await refusal(await issue({ names: ['other.test'] }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await refusal(await issue({ names: [], srvNames: ['_xmpp-client.example.test'] }))).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(good.spkiPin).toMatch(/^sha256:[A-Za-z0-9+/]{43}=$/);
    expect(await issue({ names: ['localhost'], variant: 1 })).not.toEqual(await issue({ names: ['localhost'] }));
  });
});

describe('a scripted server', () => {
  const insecure = { rejectUnauthorized: false };

  test('logs a client in over STARTTLS and answers as a plain server does', async () => {
    await using server = await scriptedServer({ tls: 'starttls' }, async (peer) => {
      expect(await peer.login()).toBe(true);
      expect(peer.jid).toBe('alice@localhost/r');
      peer.acks();
      await peer.session(({ name }) => (name === 'presence' ? "<presence from='bob@localhost/x'/>" : undefined));
    });
    const plain = Client.tcp(server.port);
    await plain.say(HEADER, /<\/stream:features>/);
    await plain.say(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`, /<proceed [^>]*>/);
    plain.socket.removeAllListeners('data');
    const client = new Client(connectTls({ socket: plain.socket, servername: 'localhost', ...insecure }));
    await client.login();
    await client.say("<message/><r xmlns='urn:xmpp:sm:3'/>", /<a [^>]*h='1'\/>/);
    await client.say('<presence/>', /<presence from='bob@localhost\/x'\/>/);
    await client.say(
      "<iq type='get' id='i' to='x'><query xmlns='jabber:iq:roster'/></iq>",
      /type='result' id='i' from='x'/,
    );
    await client.say('</stream:stream>', /<\/stream:stream>/);
    expect(await client.closed).toBe('end');
    await server.done;
    expect(server.connections).toBe(1);
    expect(server.transcripts[0]?.plain).toMatch(/^<\?xml.*<starttls [^>]*>$/);
    expect(server.transcripts[0]?.tls).toContain('<auth ');
    expect(server.peers[0]?.sni).toBe('localhost');
  });

  test('reads elements, restarts and characters that come in one segment or byte by byte', async () => {
    const sent = `${HEADER}<message><body>å&lt;</body></message> <auth ${SASL}/>${HEADER}<iq/></stream:stream>`;
    const script = async (peer: Peer) => {
      await peer.header();
      expect((await peer.next('message')).child('body')?.text).toBe('å<');
      await peer.next('auth');
      expect((await peer.header()).attrs.to).toBe('localhost');
      expect(`${await peer.next('iq')}`).toBe("<iq xmlns='jabber:client'/>");
      await peer.next('close');
    };
    await using server = await scriptedServer({ tls: 'none' }, script);
    const whole = Client.tcp(server.port);
    whole.socket.end(sent);
    await whole.closed;
    const slow = Client.tcp(server.port);
    slow.socket.setNoDelay(true);
    for (const byte of Buffer.from(sent)) await new Promise((resolve) => slow.socket.write(Buffer.of(byte), resolve));
    slow.socket.end();
    await slow.closed;
    await server.done;
  });

  test('fails the test when the client does not do what the script expects', async () => {
    await using server = await scriptedServer({ tls: 'none' }, async (peer) => {
      await peer.header();
      await peer.next('iq');
    });
    const client = Client.tcp(server.port);
    await client.say(`${HEADER}<message/>`, /<stream:stream /);
    await expect(server.done).rejects.toThrow(/expected <iq\/>, got <message/);
    const early = Client.tcp(server.port);
    await early.say(HEADER, /<stream:stream /);
    early.socket.end();
    client.socket.destroy();
    await early.closed;
    await expect(server.done).rejects.toThrow(/expected <iq\/>, got the end of the connection/);
  });

  test('ends connections with FIN, RST or silence, and sends byte by byte', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      await peer.header();
      await peer.sendSlowly('<message>€</message>');
      if (number === 0) peer.end();
      if (number === 1) peer.destroy();
      if (number === 2) peer.pause();
      if (number < 2) await peer.gone();
    });
    const endings: string[] = [];
    for (let number = 0; number < 3; number += 1) {
      const client = await Client.tls(server.port, insecure);
      const segments: number[] = [];
      client.socket.on('data', (data) => segments.push(data.length));
      client.socket.write(HEADER);
      await client.until(/€<\/message>/);
      expect(segments.filter((length) => length === 1)).toHaveLength(22);
      if (number === 2) client.socket.destroy();
      endings.push(await client.closed);
    }
    expect(endings).toEqual(['end', 'ECONNRESET', 'end']);
  });

  test('chooses the certificate by name, and the version of TLS', async () => {
    const other = await issue({ names: ['other.test'] });
    const sni = (name: string) => (name === 'other.test' ? other : undefined);
    await using server = await scriptedServer({ tls: 'direct', sni, maxVersion: 'TLSv1.2' }, (peer) => peer.gone());
    const client = await Client.tls(server.port, { ca: readFileSync(server.caFile), servername: 'other.test' });
    const socket = client.socket as TLSSocket;
    expect(socket.getProtocol()).toBe('TLSv1.2');
    expect(spkiPin(`${socket.getPeerX509Certificate()}`)).toBe(other.spkiPin);
    expect(server.peers[0]?.sni).toBe('other.test');
    socket.destroy();
    await expect(Client.tls(server.port, { ...insecure, minVersion: 'TLSv1.3' })).rejects.toThrow(
      /alert protocol version/,
    );
    expect(server.transcripts).toEqual([
      { plain: '', tls: '' },
      { plain: '', tls: '' },
    ]);
  });

  test('acknowledges and answers pings that came before it was told to, and can lie', async () => {
    await using server = await scriptedServer({ tls: 'none' }, async (peer) => {
      await peer.header();
      await peer.enableSm();
      await peer.next('message');
      peer.acks((handled) => handled + 5);
      peer.answerPings();
      await peer.next('close');
      expect(peer.acked).toBe(3);
    });
    const client = Client.tcp(server.port);
    await client.say(`${HEADER}<enable xmlns='urn:xmpp:sm:3'/>`, /<enabled [^>]*resume='true'/);
    const ping = "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>";
    await client.say(`<message/>${ping}<r xmlns='urn:xmpp:sm:3'/>`, /type='result' id='p'|h='7'/);
    await client.say("<a xmlns='urn:xmpp:sm:3' h='3'/></stream:stream>", /type='result' id='p'|h='7'/);
    client.socket.end();
    await client.closed;
  });

  test('checks proof and channel binding of SCRAM', async () => {
    const mechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1'];
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      await peer.header();
      await peer.features(
        `<mechanisms ${SASL}>${mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join('')}</mechanisms>`,
      );
      expect(await peer.scram()).toBe(number !== 1);
      await peer.gone();
    });
    const attempt = async (password: string, with_: (socket: TLSSocket) => Parameters<Client['scram']>[1]) => {
      const client = await Client.tls(server.port, insecure);
      await client.say(HEADER, /<\/stream:features>/);
      const { outcome, verified } = await client.scram(password, with_(client.socket as TLSSocket));
      client.socket.destroy();
      return verified ? 'verified' : outcome;
    };
    const plus = { mechanism: 'SCRAM-SHA-256-PLUS' };
    const exporter = (socket: TLSSocket) =>
      socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    const endPoint = (socket: TLSSocket) => createHash('sha256').update(socket.getPeerCertificate().raw).digest();
    expect(await attempt('secret', () => ({ mechanism: 'SCRAM-SHA-1' }))).toBe('verified');
    expect(await attempt('wrong', () => ({}))).toContain('<not-authorized/>');
    expect(await attempt('secret', (s) => ({ ...plus, header: 'p=tls-exporter,,', channel: exporter(s) }))).toBe(
      'verified',
    );
    expect(
      await attempt('secret', (s) => ({ ...plus, header: 'p=tls-server-end-point,,', channel: endPoint(s) })),
    ).toBe('verified');
  });

  test('lies in SCRAM, and notices a client that believes it', async () => {
    const lies = [{ verifier: 'AAAA' }, { verifier: '' }, { iterations: 1 }, { salt: '' }, { nonce: 'mine' }];
    await using server = await scriptedServer({ tls: 'direct' }, async (peer, number) => {
      const mangle = lies[number] ?? {};
      await peer.login({ mangle });
    });
    for (const lie of lies) {
      const client = await Client.tls(server.port, insecure);
      await client.say(HEADER, /<\/stream:features>/);
      if ('verifier' in lie) {
        expect((await client.scram('secret')).verified).toBe(false);
        client.socket.write(HEADER);
      } else void client.scram('secret');
      await client.closed;
    }
    await expect(server.done).rejects.toThrow(/(believed.*){2}(should have refused.*){3}/);
  });
});
