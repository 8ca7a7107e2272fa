// The test servers themselves: what the other tests here take for granted.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCa } from '../support/ca.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { accepts } from '../support/ports.ts';
import { rawStream } from '../support/raw-stream.ts';
import { servers, type XmppServer } from '../support/servers.ts';

const run = promisify(execFile);

describe.each(servers)('%s', (kind, start) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  test('listens on loopback only', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const port of [server.starttlsPort, server.directTlsPort, server.httpsPort, server.proxyPort]) {
      expect(await accepts(port)).toBe(true);
      for (const { address } of outside) expect(await accepts(port, address)).toBe(false);
    }
  });

  test('requires STARTTLS on one port and speaks TLS on the other', async () => {
    using plain = await rawStream(server, 'none');
    const offered = await plain.open();
    expect(offered).toMatch(/<starttls[^>]*><required/);
    expect(offered).not.toContain('<mechanism>');
    using direct = await rawStream(server);
    expect(await direct.open()).toContain(`<mechanism>SCRAM-SHA-${kind === 'prosody' ? '1' : '256'}<`);
  });

  test('offers registration', async () => {
    using stream = await rawStream(server);
    expect(await stream.open()).toContain('http://jabber.org/features/iq-register');
  });

  test('registers, logs in, and has everything a rich server has', async () => {
    await server.register('alice', 'secret');
    using stream = await rawStream(server);
    expect(await stream.login('alice', 'secret')).toContain("xmlns='urn:xmpp:sm:3'");
    const disco = (to: string, what: string) =>
      stream.request(to, `<query xmlns='http://jabber.org/protocol/disco#${what}'/>`);
    const features = (await disco(server.domain, 'info')) + (await disco(`alice@${server.domain}`, 'info'));
    for (const feature of [
      ...['urn:xmpp:carbons:2', 'urn:xmpp:mam:2', 'urn:xmpp:blocking', 'urn:xmpp:ping', 'vcard-temp', 'msgoffline'],
      ...['jabber:iq:version', 'jabber:iq:last', 'http://jabber.org/protocol/pubsub#publish'],
    ]) {
      expect(features).toContain(feature);
    }
    const services = await disco(server.domain, 'items');
    for (const service of ['conference', 'upload', 'proxy']) expect(services).toContain(`${service}.${server.domain}`);
    expect(await disco(`conference.${server.domain}`, 'info')).toContain('http://jabber.org/protocol/muc');
    const proxy = await stream.request(
      `proxy.${server.domain}`,
      "<query xmlns='http://jabber.org/protocol/bytestreams'/>",
    );
    expect(proxy).toContain("host='127.0.0.1'");
    expect(proxy).toContain(`port='${server.proxyPort}'`);
    const slot = await stream.request(
      `upload.${server.domain}`,
      "<request xmlns='urn:xmpp:http:upload:0' filename='a.txt' size='5'/>",
    );
    expect(slot).toContain(`https://localhost:${server.httpsPort}/`);
    await server.unregister('alice');
  });

  test('bounces at once what goes to nobody and to an unreachable domain', async () => {
    await server.register('bob', 'secret');
    using stream = await rawStream(server);
    await stream.login('bob', 'secret');
    const started = performance.now();
    expect(await stream.message(`nobody@${server.domain}`)).toContain('<service-unavailable');
    expect(await stream.message('bob@unreachable.test')).toContain('<remote-server-not-found');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('is at the same ports with the same accounts after a restart', async () => {
    await server.register('carol', 'secret');
    await server.restart();
    using stream = await rawStream(server);
    expect(await stream.login('carol', 'secret')).toContain('urn:xmpp:sm:3');
  });

  test('serves several domains, without registration if so told', async () => {
    await using other = await start({ extraDomains: ['second.test'], allowRegistration: false });
    using stream = await rawStream(other);
    expect(await stream.open()).not.toContain('http://jabber.org/features/iq-register');
    await other.register('erin@second.test', 'secret');
  });

  test('leaves nothing behind', async () => {
    const other = await start({ domain: 'example.test', without: ['muc', 'proxy', 'mam', 'upload'] });
    await other.register('dave', 'secret');
    using stream = await rawStream(other);
    await stream.login('dave', 'secret');
    const services = await stream.request(other.domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>");
    expect(services).not.toMatch(/conference|proxy|upload/);
    await other.stop();
    expect(existsSync(other.dir)).toBe(false);
    expect(await accepts(other.directTlsPort)).toBe(false);
  });
});

describe('the certificate authority', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await temporaryDirectory('ca');
  });
  afterAll(() => removeDirectory(dir));
  const show = async (file: string) => (await run('openssl', ['x509', '-in', file, '-noout', '-text'])).stdout;

  test('issues certificates for DNS, SRV and XMPP names', async () => {
    const ca = await createCa(dir);
    const { certFile, spkiPin } = await ca.issue({
      names: ['a.test'],
      srvNames: ['_xmpp-client.a.test'],
      xmppAddrs: ['a.test'],
      ips: ['127.0.0.1'],
    });
    expect(await show(certFile)).toMatch(/DNS:a\.test.*IP Address:127\.0\.0\.1.*othername/);
    expect(spkiPin).toMatch(/^sha256:[\w+/]{43}=$/);
    await run('openssl', ['verify', '-CAfile', ca.caFile, '-verify_hostname', 'a.test', certFile]);
  });

  test('issues certificates that have expired or vouch for themselves', async () => {
    const ca = await createCa(dir);
    const verify = async (file: string) => run('openssl', ['verify', '-CAfile', ca.caFile, file]);
    const expired = await ca.issue({ names: ['a.test'], notAfter: new Date(Date.now() - 3_600_000) });
    await expect(verify(expired.certFile)).rejects.toThrow(/certificate has expired/);
    const own = await ca.issue({ names: ['a.test'], selfSigned: true });
    await expect(verify(own.certFile)).rejects.toThrow(/self.signed certificate/);
  });
});
