// Files that are offered over a connection by a device that means harm, or is broken (XEP-0260, 0065).
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { jingleInbox } from '../support/jingle-inbox.ts';
import {
  content,
  type Device,
  inBandTransport,
  socks5News,
  socks5Transport,
  streamAddress,
} from '../support/jingle-peer.ts';

const inbox = jingleInbox();

describe('a file offered over a connection', () => {
  /** What connects to a port of ours, and what it says there. */
  async function place(greet: (socket: Socket) => void = () => {}) {
    const said: Buffer[] = [];
    let connections = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('data', (bytes) => said.push(bytes)).on('error', () => {});
      greet(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      port: (server.address() as AddressInfo).port,
      get connections() {
        return connections;
      },
      get said() {
        return Buffer.concat(said);
      },
      [Symbol.dispose]() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  }

  /** Gives whatever stream is asked for, and then that. */
  const gives = (then: (socket: Socket) => void) => (socket: Socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request) => {
        socket.write(Buffer.concat([Buffer.from([5, 0, 0]), request.subarray(3)]));
        then(socket);
      });
    });
  };

  /** Offers it at these places, and hears which one is taken. */
  const over = async (bob: Device, candidates: Parameters<typeof socks5Transport>[0], size = 6) => {
    await bob.offer({ size, transport: socks5Transport(candidates) });
    await bob.told('session-accept');
    const told = (await bob.told('transport-info')).toString();
    await bob.jingle('transport-info', content(socks5News('<candidate-error/>')));
    return told;
  };
  const inBandInstead = async (bob: Device) => {
    await bob.jingle('transport-replace', content(inBandTransport()));
    await bob.told('transport-accept');
    await bob.send('pixels');
  };

  test('on this machine or in this network is not connected to unless that is allowed; it comes in-band', async () => {
    using inside = await place();
    const hosts = ['127.0.0.1', 'localhost', '::1', '::ffff:127.0.0.1', '0.0.0.0', '2130706433', '127.1'];
    let told = '';
    const [file] = await inbox.hear(async (bob) => {
      const { port } = inside;
      told = await over(
        bob,
        hosts.flatMap((host) => ['direct', 'proxy'].map((type) => ({ host, port, type }))),
      );
      await inBandInstead(bob);
    });
    expect(told).toContain('<candidate-error');
    expect(inside.connections).toBe(0);
    expect(file).toMatchObject({ state: 'received' });
  });

  test('at a place that knows nothing of it tells that place nothing but a greeting', async () => {
    using web = await place((socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const [file] = await inbox.hear(
      async (bob) => {
        expect(await over(bob, [{ host: '127.0.0.1', port: web.port }])).toContain('<candidate-error');
        await inBandInstead(bob);
      },
      { args: ['--allow-private'] },
    );
    expect(web.said).toEqual(Buffer.from([5, 1, 0]));
    expect(file).toMatchObject({ state: 'received' });
  });

  test('at a thousand places is looked for at sixteen', async () => {
    using nowhere = await place((socket) => socket.destroy());
    const places = Array.from({ length: 1000 }, () => ({ host: '127.0.0.1', port: nowhere.port }));
    await inbox.hear(
      async (bob) => {
        await over(bob, places);
        await inBandInstead(bob);
      },
      { args: ['--allow-private'] },
    );
    expect(nowhere.connections).toBe(16);
  });

  test.each<[string, number | null, (socket: Socket) => void]>([
    ['is whole', null, (socket) => socket.write('pixels')],
    ['has more bytes than announced', 65, (socket) => socket.write('pixels!')],
    ['is cut', 75, (socket) => socket.end('pix')],
    ['is reset', 75, (socket) => socket.write('pix', () => socket.resetAndDestroy())],
    ['never comes', 75, () => {}],
  ])('that %s: %s', async (_, exit, then) => {
    using connection = await place(gives(then));
    const [file] = await inbox.hear(
      async (bob) => {
        expect(await over(bob, [{ host: '127.0.0.1', port: connection.port }])).toContain("<candidate-used cid='c0'");
        await bob.told('session-terminate');
      },
      { args: ['--allow-private'], timeout: '3s' },
    );
    expect(connection.said.toString('latin1')).toMatch(/[0-9a-f]{40}/);
    expect(file).toMatchObject(exit === null ? { state: 'received' } : { state: 'failed', error: { exit } });
    expect(await readdir(inbox.directory)).toEqual(exit === null ? ['a.txt'] : []);
  });

  test('is asked for by the address that only the two can know', async () => {
    using connection = await place(gives((socket) => socket.write('pixels')));
    let alice = '';
    await inbox.hear(
      async (bob) => {
        alice = bob.peer.jid;
        await over(bob, [{ host: '127.0.0.1', port: connection.port }]);
      },
      { args: ['--allow-private'] },
    );
    expect(connection.said.toString('latin1')).toContain(streamAddress(alice));
  });

  test('is ended by the other side while the connection says nothing: known at once', async () => {
    using connection = await place(gives((socket) => socket.write('pix')));
    const [file] = await inbox.hear(
      async (bob) => {
        await over(bob, [{ host: '127.0.0.1', port: connection.port }]);
        await bob.jingle('session-terminate', '<reason><failed-transport/></reason>');
      },
      { args: ['--allow-private'], timeout: '20s' },
    );
    expect(file).toMatchObject({ state: 'failed', error: { condition: 'failed-transport' } });
    expect(await readdir(inbox.directory)).toEqual([]);
  });
});
