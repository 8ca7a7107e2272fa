// Files that we offer directly, to a device that means harm, or is broken: what is said of them is true (XEP-0234).
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { bobsDevice, content, type Device, inBandTransport, socks5News, withDevice } from '../support/jingle-peer.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('offer');
  return () => removeDirectory(dir);
});

const features = ['urn:xmpp:jingle:1', 'urn:xmpp:jingle:apps:file-transfer:5', 'urn:xmpp:jingle:transports:ibb:1'];
const socks5 = 'urn:xmpp:jingle:transports:s5b:1';

interface Sent {
  /** Beside in-band. */
  ways?: readonly string[];
  seconds?: number;
  bytes?: Buffer | string;
}

/** Sends a file to bob's device, which does that when it has been offered. */
async function send(
  script: (bob: Device, offered: XmlElement, sid: string) => Promise<unknown>,
  { ways = [], seconds = 4, bytes = 'pixels' }: Sent = {},
) {
  await writeFile(join(dir, 'a.txt'), bytes);
  const device = async (bob: Device) => {
    const question = await bob.next((iq) => iq.elements[0]?.ns === 'http://jabber.org/protocol/disco#info');
    const all = [...features, ...ways].map((name) => `<feature var='${name}'/>`).join('');
    const info = `<query xmlns='http://jabber.org/protocol/disco#info'>${all}</query>`;
    await bob.peer.send(`<iq type='result' id='${question.attrs.id}' from='${bobsDevice}'>${info}</iq>`);
    const iq = await bob.next((stanza) => stanza.child('jingle')?.attrs.action === 'session-initiate');
    const offered = iq.child('jingle') ?? iq;
    await script(bob, offered, offered.attrs.sid ?? '');
  };
  await using server = await scriptedServer({ tls: 'direct' }, withDevice(device, 'login'));
  const args = ['sendfile', bobsDevice, join(dir, 'a.txt'), '--json'];
  const result = await run(args, server, { seconds, within: seconds + 4 });
  return { result, row: result.json<Record<string, unknown>>() };
}

/** The stream of the offer. */
const streamOf = (offered: XmlElement) => offered.child('content')?.child('transport')?.attrs.sid ?? '';
const accepts = async (bob: Device, offered: XmlElement, sid: string) =>
  await bob.jingle('session-accept', content(inBandTransport(streamOf(offered))), { sid });
const ends = (bob: Device, sid: string, reason: string, from?: string) =>
  bob.jingle('session-terminate', `<reason><${reason}/></reason>`, { sid, ...(from === undefined ? {} : { from }) });
const block = (bob: Device) => bob.next((iq) => iq.child('data') !== undefined);

test('an offer that is taken is delivered when the device says so', async () => {
  const { result, row } = await send(async (bob, offered, sid) => {
    await accepts(bob, offered, sid);
    expect(Buffer.from((await block(bob)).child('data')?.text ?? '', 'base64').toString()).toBe('pixels');
    await bob.next((iq) => iq.child('close') !== undefined);
    await ends(bob, sid, 'success');
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(row).toMatchObject({ status: 'delivered', to: bobsDevice });
});

describe('an offer', () => {
  test.each<[string, number, string, (bob: Device, offered: XmlElement, sid: string) => Promise<unknown>]>([
    ['that is declined', 77, 'failed', (bob, _, sid) => ends(bob, sid, 'decline')],
    ['that cannot be taken', 69, 'failed', (bob, _, sid) => ends(bob, sid, 'unsupported-transports')],
    ['that is taken to be broken off', 75, 'failed', (bob, _, sid) => ends(bob, sid, 'gone')],
    ['that is not answered', 75, 'failed', async () => {}],
    ['that only others take', 75, 'failed', (bob, _, sid) => ends(bob, sid, 'success', 'bob@localhost/other')],
    [
      'whose bytes are refused in the middle',
      65,
      'failed',
      async (bob, offered, sid) => {
        await accepts(bob, offered, sid);
        await block(bob);
        await ends(bob, sid, 'failed-application');
      },
    ],
    [
      'whose bytes are not confirmed',
      79,
      'unknown',
      async (bob, offered, sid) => {
        await accepts(bob, offered, sid);
        await bob.next((iq) => iq.child('open') !== undefined);
        bob.answers = false;
        await block(bob);
      },
    ],
    [
      'that nobody says has arrived',
      79,
      'unknown',
      async (bob, offered, sid) => {
        await accepts(bob, offered, sid);
        await bob.next((iq) => iq.child('close') !== undefined);
      },
    ],
  ])('%s: %i, and %s is what is said of it', async (_, exit, status, script) => {
    const { result, row } = await send(script, { seconds: 3 });
    expect([result.exitCode, row.status], result.stderr).toEqual([exit, status]);
  });

  test('that is ended while a connection takes nothing is over at once', async () => {
    const started = performance.now();
    let socket: Socket | undefined;
    const { result, row } = await send(
      async (bob, offered, sid) => {
        const transport = offered.child('content')?.child('transport');
        const [candidate] = transport?.elements.filter(({ attrs }) => attrs.type === 'direct') ?? [];
        await bob.jingle('session-accept', content(`<transport xmlns='${socks5}' sid='${transport?.attrs.sid}'/>`), {
          sid,
        });
        socket = connect(Number(candidate?.attrs.port), candidate?.attrs.host);
        await once(socket, 'connect');
        socket.on('error', () => {}).write(Buffer.from([5, 1, 0]));
        const address = Buffer.from(transport?.attrs.dstaddr ?? '');
        socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, address.length]), address, Buffer.alloc(2)]));
        const news = (inner: string) => socks5News(inner).replace("'t1'", `'${transport?.attrs.sid}'`);
        await once(socket, 'readable');
        await bob.jingle('transport-info', content(news(`<candidate-used cid='${candidate?.attrs.cid}'/>`)), { sid });
        await bob.told('transport-info', sid);
        await ends(bob, sid, 'cancel');
      },
      { ways: [socks5], seconds: 15, bytes: Buffer.alloc(20_000_000) },
    );
    socket?.destroy();
    expect([result.exitCode, row.status], result.stderr).toEqual([75, 'failed']);
    expect(performance.now() - started).toBeLessThan(12_000);
  });
});
