/** CASES A, 1 to 9: a server that cannot be trusted gets nothing. */
import { describe, expect, test } from 'vitest';
import { accepted, failure, open, password, refused, run, welcomes } from '../support/attempt.ts';
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
      { kind: 'insecure', inProcessOnly: true },
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
    await using second = await scriptedServer({ tls: 'none' }, welcomes());
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
    expect(result.stderr).toContain('what answers there does not speak TLS');
    expect([first.connections, second.connections]).toEqual([1, 0]);
  });
});

describe('a certificate', () => {
  const victim = { jid: 'alice@victim.test' };
  const names = ['victim.test'];
  const letsIn = welcomes({ domain: 'victim.test' });

  test.each([
    ['that is self-signed', 'direct', { names, selfSigned: true }, /self-signed/],
    ['that has expired', 'starttls', { names, expired: true }, /has expired on /],
    ['for another name', 'direct', { names: ['attacker.test'] }, /another name .*attacker\.test/],
    ['of a CA that nobody trusts', 'starttls', { names, otherCa: true }, /no trusted CA/],
    // X9, RFC 6120 13.7.1.2.1: Node cannot read it, so --pin is the way.
    ['with only an SRV-ID', 'direct', { names: [], srvNames: ['_xmpp-client.victim.test'] }, /another name/],
  ] as const)('%s ends it before anything is told, and is shown with its key', async (_what, tls, wanted, reason) => {
    const certificate = await issue(wanted);
    const script = async (peer: Peer): Promise<void> => {
      if (tls === 'starttls') {
        await peer.header();
        await peer.startTls();
      }
      await peer.gone();
    };
    await using server = await scriptedServer({ tls, ...certificate }, script);
    const error = await failure(open(server, victim));
    expect([error.kind, error.message, error.hint]).toEqual([
      'insecure',
      expect.stringMatching(reason),
      expect.stringContaining(`--pin ${certificate.spkiPin}`),
    ]);
    const result = await run(['send', 'bob@victim.test', 'hello'], server, {
      ...victim,
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    expect([result.exitCode, result.stdout]).toEqual([80, '']);
    expect(result.stderr).toMatch(reason);
    expect(result.stderr).toContain(certificate.spkiPin);
    expect(result.stderr).not.toContain('--insecure');
    expectNothingTold(server);
  });

  test('of any kind is good enough when its key is pinned', async () => {
    const srvId = await issue({ names: [], srvNames: ['_xmpp-client.victim.test'] });
    const selfSigned = await issue({ names, selfSigned: true });
    const pinned = ({ spkiPin }: typeof srvId) => ({ ...victim, pin: spkiPin, caFile: undefined });
    await accepted({ tls: 'direct', ...srvId }, letsIn, pinned(srvId));
    await using server = await scriptedServer({ tls: 'direct', ...selfSigned }, letsIn);
    await (await open(server, pinned(selfSigned))).close();
  });

  test('that a CA vouches for does not do when another key is pinned', async () => {
    const [shown, expected] = await Promise.all([issue({ names }), issue({ names, variant: 1 })]);
    const message = new RegExp(`expected ${expected.spkiPin}, got ${shown.spkiPin}`.replace(/[+/]/g, '\\$&'));
    const where = { ...victim, pin: expected.spkiPin };
    const gone = (peer: Peer): Promise<void> => peer.gone();
    const server = await refused({ tls: 'direct', ...shown }, gone, { kind: 'insecure', message }, where);
    expectNothingTold(server);
  });

  test.each(['direct', 'starttls'] as const)('is chosen by the name of the domain (%s)', async (tls) => {
    const [own, foreign] = await Promise.all([issue({ names }), issue({ names: ['attacker.test'] })]);
    const sni = (name: string) => (name === 'victim.test' ? own : undefined);
    await using server = await scriptedServer({ tls, ...foreign, sni }, letsIn);
    await (await open(server, victim)).close();
    if (tls === 'direct') expect((await run(['send', 'bob@victim.test', 'hello'], server, victim)).exitCode).toBe(0);
    expect(new Set(server.peers.map((peer) => peer.sni))).toEqual(new Set(['victim.test']));
  });

  test('is of no use with a version of TLS that is broken', async () => {
    const server = await refused({ tls: 'direct', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, (peer) => peer.gone(), {
      kind: 'insecure',
      message: /no secure connection/,
    });
    expectNothingTold(server);
  });
});

describe('a server that sends us elsewhere', () => {
  const elsewhere = (port: number): string =>
    `<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:${port}</see-other-host></stream:error>`;

  test.each([
    ['at once', false],
    ['instead of starting TLS', true],
  ])('before TLS is not followed (%s)', async (_when, late) => {
    await using attacker = await scriptedServer({ tls: 'none' }, (peer) => peer.gone());
    const script = async (peer: Peer): Promise<void> => {
      await peer.header();
      if (late) {
        await peer.features(`<starttls xmlns='${tlsNs}'/>`);
        await peer.next('starttls');
      }
      await peer.send(elsewhere(attacker.port));
      await peer.gone();
    };
    const server = await refused({ tls: 'none' }, script, { kind: 'insecure', message: /not following/ });
    expectNothingTold(server);
    expect(attacker.connections).toBe(0);
  });

  test('after TLS must send us to one with a certificate for the same name', async () => {
    const foreign = await issue({ names: ['attacker.test'] });
    await using attacker = await scriptedServer({ tls: 'direct', ...foreign }, (peer) => peer.gone());
    const script = async (peer: Peer): Promise<void> => {
      await peer.header();
      await peer.send(elsewhere(attacker.port));
    };
    await refused({ tls: 'direct' }, script, { kind: 'insecure', message: /another name/ });
    expect(attacker.connections).toBe(2);
    expectNothingTold(attacker);
  });

  test('is followed to another that shows the same name', async () => {
    await using other = await scriptedServer({ tls: 'direct' }, welcomes());
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.header();
      await peer.send(elsewhere(other.port));
    });
    const result = await run(['send', 'bob@localhost', 'hello'], server);
    expect([result.exitCode, other.transcripts[0]?.tls]).toEqual([0, expect.stringContaining('hello')]);
  });

  test('again and again is left after five times', async () => {
    await using server: ScriptedServer = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.header();
      await peer.send(elsewhere(server.port));
    });
    expect(await failure(open(server))).toMatchObject({ kind: 'tempfail', condition: 'see-other-host' });
    expect(server.connections).toBe(6);
    expect((await run(['send', 'bob@localhost', 'hello'], server)).exitCode).toBe(75);
    expect(server.connections).toBe(12);
  });

  test.each(['', 'ws://127.0.0.1:1/', 'a b', '127.0.0.1:99999', '::::', '\u202e'])(
    'to %j has broken the protocol',
    async (host) => {
      const script = async (peer: Peer): Promise<void> => {
        await peer.header();
        await peer.send(elsewhere(0).replace('127.0.0.1:0', host));
      };
      await refused({ tls: 'direct' }, script, { kind: 'protocol', inProcessOnly: host !== '' });
    },
  );
});
