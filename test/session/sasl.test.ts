/** Which proof is given to which server: mechanisms, channel binding and its flags, names and passwords of any script. */
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { channelBinding } from '../../src/session/sasl/channel-binding.ts';
import { open, password, run, welcomes } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { mechanismsFeature } from '../support/peer.ts';
import { Client } from '../support/raw-client.ts';
import { type ServerOptions, scriptedServer } from '../support/scripted-server.ts';

const exec = promisify(execFile);
const all = ['PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
const withPlus = [...all, 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'];

/** The mechanism and the gs2 header with which a client logs in where that is offered. */
async function proof(
  mechanisms: readonly string[],
  bindingTypes: readonly string[],
  options: Partial<ServerOptions> = {},
) {
  await using server = await scriptedServer({ tls: 'direct', ...options }, async (peer) => {
    const { features } = peer;
    // The list of XEP-0440 as the test wants it, also where there is none.
    peer.features = (inner) => {
      const list = mechanismsFeature(mechanisms, bindingTypes);
      const sasl = bindingTypes.length > 0 ? list : list.replace(/<sasl-channel-binding.*/, '');
      return features.call(peer, inner.includes('<mechanisms') ? sasl : inner);
    };
    await peer.login({ password, mechanisms });
    await peer.session();
  });
  await (await open(server)).close();
  const auth = server.peers[0]?.received.find(({ name }) => name === 'auth');
  const header = Buffer.from(auth?.text ?? '', 'base64')
    .toString()
    .split(',')[0];
  return [auth?.attrs.mechanism, header];
}

describe('channel binding', () => {
  const both = ['tls-server-end-point', 'tls-exporter'];

  test.each<[string, string[], string[], Partial<ServerOptions>, [string, string]]>([
    ['by exporter in TLS 1.3', withPlus, both, {}, ['SCRAM-SHA-256-PLUS', 'p=tls-exporter']],
    [
      'by certificate in TLS 1.2',
      withPlus,
      both,
      { maxVersion: 'TLSv1.2' },
      ['SCRAM-SHA-256-PLUS', 'p=tls-server-end-point'],
    ],
    [
      'by certificate where only that is announced',
      withPlus,
      ['tls-server-end-point'],
      {},
      ['SCRAM-SHA-256-PLUS', 'p=tls-server-end-point'],
    ],
    [
      'with a weaker hash rather than none',
      [...all, 'SCRAM-SHA-1-PLUS'],
      both,
      {},
      ['SCRAM-SHA-1-PLUS', 'p=tls-exporter'],
    ],
    ['none where no type is announced (X4)', withPlus, [], {}, ['SCRAM-SHA-512', 'n']],
    ['none where the types are unknown', withPlus, ['tls-unique', 'tls-exporter2'], {}, ['SCRAM-SHA-512', 'n']],
    [
      'none where the exporter is announced but TLS is 1.2',
      withPlus,
      ['tls-exporter'],
      { maxVersion: 'TLSv1.2' },
      ['SCRAM-SHA-512', 'n'],
    ],
    ['none, and saying so, where none is offered', all, both, {}, ['SCRAM-SHA-512', 'y']],
  ])('%s', async (_what, mechanisms, types, options, expected) => {
    expect(await proof(mechanisms, types, options)).toEqual(expected);
  });

  test.each([
    ['ECDSA with SHA-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'], 'sha384'],
    ['ECDSA with SHA-512', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha512'], 'sha512'],
    ['RSA with SHA-256', ['-newkey', 'rsa:2048', '-sha256'], 'sha256'],
    ['RSA with SHA-1, for which SHA-256 stands in', ['-newkey', 'rsa:2048', '-sha1'], 'sha256'],
    ['RSA-PSS, which has no hash of its own', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss'], undefined],
    ['Ed25519, which has none', ['-newkey', 'ed25519'], undefined],
  ])('takes the hash of the certificate’s signature: %s (RFC 5929 4.1)', async (_what, options, digest) => {
    const dir = await temporaryDirectory('certificate');
    const [keyFile, certFile] = [join(dir, 'key'), join(dir, 'cert')];
    await exec('openssl', [
      'req',
      '-x509',
      '-nodes',
      '-subj',
      '/CN=x',
      '-keyout',
      keyFile,
      '-out',
      certFile,
      ...options,
    ]);
    const [key, cert] = [await readFile(keyFile, 'utf8'), await readFile(certFile, 'utf8')];
    removeDirectory(dir);
    await using server = await scriptedServer({ tls: 'direct', cert, key }, (peer) => peer.gone());
    const client = await Client.tls(server.port, { rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' });
    const binding = channelBinding(client.socket as TLSSocket, ['tls-server-end-point']);
    client.socket.destroy();
    const { raw } = new X509Certificate(cert);
    const expected = digest === undefined ? undefined : createHash(digest).update(raw).digest('hex');
    expect(binding?.data.toString('hex')).toBe(expected);
  });
});

describe('a name or password', () => {
  test.each([
    ['beyond ASCII', 'jörg', 'pässwörd-€-ﬁ-½'],
    ['with a comma and an equals sign', 'a=2c,b', 'p=w,d'],
    ['with spaces', 'alice', ' a b '],
  ])('%s logs in, by the built program too (X30)', async (_what, user, secret) => {
    const script = welcomes({ user, password: secret });
    await using server = await scriptedServer({ tls: 'direct' }, script);
    const where = { jid: `${user}@localhost`, password: secret };
    await (await open(server, where)).close();
    const result = await run(['send', 'bob@localhost', 'hello'], server, where);
    expect([result.exitCode, result.stderr]).toEqual([0, '']);
  });

  test('that SASL does not allow is told before anything is sent', async () => {
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.header();
      await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
      await peer.gone();
    });
    const result = await run(['send', 'bob@localhost', 'hello'], server, { password: 'a\u0007ü' });
    expect([result.exitCode, result.stderr]).toEqual([78, expect.stringContaining('characters')]);
    expect(server.transcripts[0]?.tls).not.toContain('<auth');
  });
});
