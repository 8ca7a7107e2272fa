/** CASES A, 1 to 9: a server that cannot be trusted gets nothing. */
import { describe, expect, test } from 'vitest';
import { password, refused, run } from '../support/attempt.ts';
import { issue } from '../support/certs.ts';
import { dnsStub } from '../support/dns-stub.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls';

/** Nothing that tells who we are, and no attempt to log in. */
function expectNothingTold(server: ScriptedServer): void {
  for (const { plain, tls } of server.transcripts) {
    expect(plain + tls).not.toMatch(/<auth|<iq|<message|alice/);
    expect(plain + tls).not.toContain(password);
  }
}

const loggedIn = async (peer: Peer): Promise<void> => {
  if (await peer.login({ password, domain: peer.settings.tls === 'direct' ? 'victim.test' : 'localhost' }))
    await peer.session();
};

describe('a server without encryption', () => {
  test('gets no word from us, whatever it offers instead', async () => {
    const server = await refused(
      { tls: 'none' },
      async (peer) => {
        await peer.header();
        await peer.features(mechanismsFeature(['SCRAM-SHA-1', 'PLAIN']));
        await peer.gone();
      },
      { kind: 'insecure', message: /offers no encryption/ },
    );
    expect(server.connections).toBe(2);
    expectNothingTold(server);
  });

  test.each([
    ['a refusal', `<failure xmlns='${tlsNs}'/></stream:stream>`],
    ['another element', '<message><body>hello</body></message>'],
    ['no XML', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a stanza behind the consent', `<proceed xmlns='${tlsNs}'/><message><body>injected</body></message>`],
    ['the beginning of a stanza behind the consent', `<proceed xmlns='${tlsNs}'/><message><body>inj`],
    ['text behind the consent', `<proceed xmlns='${tlsNs}'/>injected`],
  ])('that answers STARTTLS with %s is not asked again in clear', async (_what, answer) => {
    const server = await refused(
      { tls: 'none' },
      async (peer) => {
        await peer.header();
        await peer.features(`<starttls xmlns='${tlsNs}'/>${mechanismsFeature(['SCRAM-SHA-1'])}`);
        await peer.next('starttls');
        await peer.send(answer);
        await peer.gone();
      },
      { kind: 'insecure' },
    );
    expectNothingTold(server);
  });

  test('that talks nonsense where the handshake must be is not asked again in clear, nor its neighbours', async () => {
    const nonsense = async (peer: Peer): Promise<void> => {
      await peer.header();
      await peer.features(`<starttls xmlns='${tlsNs}'/>`);
      await peer.next('starttls');
      peer.pause();
      await peer.send(`<proceed xmlns='${tlsNs}'/>`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await peer.send('this is no TLS, this is no TLS, this is no TLS');
    };
    await using first = await scriptedServer({ tls: 'none' }, nonsense);
    await using second = await scriptedServer({ tls: 'none' }, loggedIn);
    const srv = [first, second].map(({ port }, priority) => ({ priority, port, target: 'xmpp.victim.test' }));
    await using dns = await dnsStub({
      'xmpp.victim.test': { A: ['127.0.0.1'] },
      '_xmpp-client._tcp.victim.test': { SRV: srv },
    });
    const result = await run(['send', 'bob@victim.test', 'hello'], first, {
      server: null,
      jid: 'alice@victim.test',
      resolver: dns.address,
    });
    expect([result.exitCode, result.stdout]).toEqual([80, '']);
    expect([first.connections, second.connections]).toEqual([1, 0]);
  });
});

describe('a certificate', () => {
  const victim = { jid: 'alice@victim.test' };
  const names = ['victim.test'];

  test.each([
    ['that is self-signed', { names, selfSigned: true }, /self-signed/],
    ['that has expired', { names, expired: true }, /has expired on /],
    ['for another name', { names: ['attacker.test'] }, /another name .*attacker\.test/],
    ['of a CA that nobody trusts', { names, otherCa: true }, /no trusted CA/],
  ] as const)('%s ends it before anything is sent, and is shown with its key', async (_what, wanted, reason) => {
    const certificate = await issue(wanted);
    const server = await refused(
      { tls: 'direct', ...certificate },
      (peer) => peer.gone(),
      { kind: 'insecure', message: reason, program: { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } } },
      victim,
    );
    expectNothingTold(server);
    const result = await run(['send', 'bob@victim.test', 'hello'], server, victim).catch(() => undefined);
    expect(result?.stderr ?? '').not.toContain('--insecure');
  });
});
