// What a listener has heard is dealt with to its end (receipts, replies, programs, the cursor) though connections end.
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { password, run } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { scriptedArchive } from '../support/scripted-archive.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';

let home: string;
beforeEach(async () => {
  home = await temporaryDirectory('dealt-with');
});
afterEach(() => removeDirectory(home));

const asks = "<request xmlns='urn:xmpp:receipts'/>";
const message = (number: number, more = asks) =>
  `<message from='bob@localhost/phone' to='alice@localhost' type='chat' id='m-${number}'><body>message ${number}</body>` +
  `<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='archive-${number}'/>${more}</message>`;
const shutdown =
  "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";

type Moment = 'when she is online' | 'behind an answer of the archive';
/** Alice's server: on each connection an archive of that size, and what it says beside. */
const serves = (sizes: readonly number[], says: (moment: Moment, number: number) => string) =>
  scriptedServer({ tls: 'direct' }, async (peer, number) => {
    await peer.login({ password });
    peer.acks();
    const archive = scriptedArchive(sizes[number] ?? 0);
    await peer.session((element) => {
      if (element.name === 'presence') return says('when she is online', number);
      const answer = archive(element);
      return answer && answer + says('behind an answer of the archive', number);
    });
  });
/** It has what it kept, and hands it over at once. */
const keeps = (stanzas: string) => serves([], (moment) => (moment === 'when she is online' ? stanzas : ''));
/** It says that behind the first answer of its archive. */
const saysLive = (sizes: readonly number[], stanzas: string) =>
  serves(sizes, (moment, number) => (moment !== 'when she is online' && number === 0 ? stanzas : ''));

const listen = (args: readonly string[], server: ScriptedServer) =>
  run(['listen', '--receipts', 'all', '--json', ...args], server, { home, seconds: 10 });
const bodies = ({ lines }: Awaited<ReturnType<typeof listen>>) => lines().map((line) => JSON.parse(line).body);
/** Who was sent that kind of answer, on any connection. */
const answers = ({ peers }: ScriptedServer, name: string) =>
  peers.flatMap(({ received }) =>
    received.flatMap((stanza) =>
      stanza.child(name) ? [stanza.child(name)?.attrs.id ?? stanza.child(name)?.text] : [],
    ),
  );
async function cursor(): Promise<string> {
  const file = (await readdir(home, { recursive: true })).find((path) => path.endsWith('cursor-default.json'));
  return JSON.parse(await readFile(join(home, file ?? 'no cursor'), 'utf8')).id;
}
/** A program of the user: a shell script. */
async function hook(text: string): Promise<string> {
  const path = join(home, 'hook');
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}
const ran = async () => (await readFile(join(home, 'log'), 'utf8')).trim().split('\n');

describe('receipts', () => {
  test('--once: all that waits is printed, its receipts are sent, and the server is told that it is dealt with', async () => {
    await using server = await keeps(message(1) + message(2));
    const result = await listen(['--once'], server);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(bodies(result)).toEqual(['message 1', 'message 2']);
    expect(answers(server, 'received')).toEqual(['m-1', 'm-2']);
    const questions = server.peers[0]?.received.filter(({ name, attrs }) => name === 'iq' && attrs.type !== 'result');
    const [peer] = server.peers;
    expect(peer?.acked).toBe((questions?.length ?? 0) - 1 + 2); // bind came before
  });

  test('one that cannot be sent because the server shuts down does not end a listener that comes again (CASES 88)', async () => {
    await using server = await saysLive([1, 3], message(1) + shutdown);
    const result = await listen(['--durable', '--count', '2'], server);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(bodies(result)).toEqual(['message 1', 'message 2']);
    expect(result.stderr).toBe('xmppctl: connection lost\nxmppctl: connected again\n');
    expect(await cursor()).toBe('archive-2');
  });
});

describe('--durable --exec', () => {
  test('a program that outlives the session of its message: it runs once for each, and the cursor goes on', async () => {
    const slow = await hook(`echo "$XMPPCTL_EVENT_BODY" >> ${home}/log; sleep 2`);
    await using server = await saysLive([1, 4], message(1) + shutdown);
    const result = await listen(['--durable', '--count', '3', '--exec-concurrency', '3', '--exec', slow], server);
    expect(result.exitCode, result.stderr).toBe(0);
    expect((await ran()).sort()).toEqual(['message 1', 'message 2', 'message 3']);
    expect(await cursor()).toBe('archive-3');
  });

  test('--for waits for the program that runs, with the connection still there for its reply', async () => {
    const slow = await hook('sleep 3; echo done');
    await using server = await saysLive([1], message(1));
    const result = await listen(['--durable', '--for', '3s', '--reply', '--exec', slow], server);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answers(server, 'body')).toEqual(['done']);
    expect(answers(server, 'received')).toEqual(['m-1']);
    expect(await cursor()).toBe('archive-1');
  });
});

describe('--reply', () => {
  test('--once: the reply to what waited is sent', async () => {
    await using server = await keeps(message(1, ''));
    const echo = await hook('echo "you said $XMPPCTL_EVENT_BODY"');
    expect(await listen(['--once', '--reply', '--exec', echo], server)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answers(server, 'body')).toEqual(['you said message 1']);
  });

  test('one that the server does not take is a failed program: 82, and with --durable the message comes again', async () => {
    const echo = await hook(`echo ran >> ${home}/log; echo hello`);
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      peer.acks();
      const archive = scriptedArchive(2);
      await peer.session((element) => {
        if (element.name !== 'message') return archive(element);
        peer.acks(false);
        return shutdown;
      });
    });
    const args = ['--durable', '--since', '2026-01-01', '--reply', '--exec', echo];
    const result = await listen(args, server);
    expect(result.exitCode, result.stderr).toBe(82);
    expect(result.stderr).toContain('its reply to bob@localhost was not sent');
    expect(await cursor().catch(() => 'none')).toBe('none');
  });

  test('one that comes back is a warning: its receiver has answered', async () => {
    const echo = await hook('echo hello');
    await using server = await scriptedServer({ tls: 'direct' }, async (peer) => {
      await peer.login({ password });
      peer.acks();
      await peer.session(({ name, attrs }) => {
        if (name === 'presence') return message(1, '');
        const gone = `<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`;
        return name === 'message'
          ? `<message type='error' from='${attrs.to}' id='${attrs.id}'>${gone}</message>`
          : undefined;
      });
    });
    const result = await listen(['--count', '1', '--reply', '--exec-fail', 'stop', '--exec', echo], server);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(/warning: .*bob@localhost.* came back/);
  });
});
