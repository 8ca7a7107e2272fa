// Programs that listen runs for messages: what they get, what they must not get, and how they are ended (CASES G).
import { existsSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aliceAt, password } from '../support/attempt.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { expectInTime } from '../support/in-time.ts';
import type { Peer } from '../support/peer.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { checkHanded, xmppctl } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('hooks');
});
afterEach(() => removeDirectory(dir));

/** A program of the user: a shell script. */
async function script(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

/** An ended process that nobody has looked at yet (a zombie) does not run. */
const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const message = (body: string, from = 'bob@localhost/phone', id = 'm') =>
  `<message from='${from}' to='alice@localhost' type='chat' id='${id}'><body>${escaped(body)}</body></message>`;

/** A server that delivers these stanzas once the listener is online. */
const delivers = (stanzas: string, more: (peer: Peer) => Promise<void> = async () => {}) =>
  scriptedServer({ tls: 'direct' }, async (peer) => {
    await peer.login({ password });
    let delivered = false;
    const session = peer.session((element) => {
      if (element.name !== 'presence' || delivered) return undefined;
      delivered = true;
      void peer.send(stanzas).then(() => more(peer));
      return '';
    });
    await session;
  });

const listen = (server: ScriptedServer, args: readonly string[], env: Record<string, string> = {}) =>
  xmppctl(['listen', '--receipts', 'none', ...args], {
    env: { ...aliceAt(server), ...env },
    cwd: dir,
  });

describe('--exec', () => {
  test('hands the event over as JSON on standard input, short values in the environment, and nothing to a shell', async () => {
    const body = `$(touch pwn) \`touch pwn\`; touch pwn ' " %s --help -rf\nsecond line`;
    const hook = await script(
      'hook',
      `cat > "$PWD/event.json"; printf '%s' "$XMPPCTL_EVENT_BODY" > body; printf '%s\\n' "$@" > args`,
    );
    await using server = await delivers(message(body));
    const result = await listen(server, ['--json', '--count', '1', '--exec', hook, '--', '-x', '$(touch pwn)']);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(existsSync(join(dir, 'pwn'))).toBe(false);
    const handed = await readFile(join(dir, 'event.json'), 'utf8');
    await checkHanded(handed);
    expect(JSON.parse(handed)).toMatchObject({ event: 'message', from: 'bob@localhost', body });
    expect(await readFile(join(dir, 'body'), 'utf8')).toBe(body);
    expect(await readFile(join(dir, 'args'), 'utf8')).toContain('$(touch pwn)\n');
  });

  test('no secret and no way to one is in its environment, and only three files are open', async () => {
    const hook = await script('hook', 'env > env.txt; ls /proc/self/fd > fds.txt');
    await using server = await delivers(message('hi'));
    const env = {
      SSH_AUTH_SOCK: '/x/agent',
      MY_TOKEN: 't0ken',
      CREDENTIALS_DIRECTORY: '/run/x',
      XMPPCTL_PASSWORD_FILE: '',
    };
    const { XMPPCTL_PASSWORD_FILE: _none, ...given } = env;
    expect((await listen(server, ['--count', '1', '--exec', hook], given)).exitCode).toBe(0);
    const seen = await readFile(join(dir, 'env.txt'), 'utf8');
    expect(seen).toContain('XMPPCTL_EVENT_FROM=bob@localhost');
    expect(seen).not.toMatch(/correct-horse|SSH_|t0ken|CREDENTIALS|PASSWORD/);
    // What was handed down to all of us, such as the runner's own pipes, is none of ours.
    const handedDown = (await execa('ls', ['/proc/self/fd'])).stdout.split('\n');
    const open = (await readFile(join(dir, 'fds.txt'), 'utf8')).trim().split('\n');
    expect(open.filter((fd) => !handedDown.includes(fd))).toEqual([]);
  });

  test('what it prints goes to standard error, and the NDJSON stays whole', async () => {
    const hook = await script('hook', 'echo not json');
    await using server = await delivers(message('one') + message('two'));
    const result = await listen(server, ['--json', '--count', '2', '--exec', hook]);
    expect(result.lines().map((line) => JSON.parse(line).body)).toEqual(['one', 'two']);
    expect(result.stderr).toBe('not json\nnot json\n');
  });

  test('that never ends, ignores TERM and has started others is killed with them; pings are answered meanwhile', async () => {
    const hook = await script(
      'hook',
      "trap '' TERM; (sleep 1000 & echo $! > child); echo $$ > self; while :; do sleep 1; done",
    );
    let answered = false;
    await using server = await delivers(message('hi'), async (peer) => {
      await peer.send("<iq type='get' id='p1' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
      answered = true;
    });
    const result = await listen(server, ['--count', '1', '--exec-timeout', '1s', '--exec', hook]);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('failed: it did not end in time');
    expectInTime(result.durationMs, 8000);
    expect(answered).toBe(true);
    expect(server.transcripts[0]?.tls).toMatch(/<iq[^>]*id=["']p1["'][^>]*>/);
    for (const name of ['self', 'child']) {
      const pid = Number(await readFile(join(dir, name), 'utf8'));
      expect(isRunning(pid)).toBe(false);
    }
  });

  test('200 messages at once: one at a time for each sender, in order, none lost', async () => {
    const hook = await script(
      'hook',
      'echo "$XMPPCTL_EVENT_FROM start $XMPPCTL_EVENT_BODY" >> log; echo "$XMPPCTL_EVENT_FROM end $XMPPCTL_EVENT_BODY" >> log',
    );
    const bodies = Array.from({ length: 100 }, (_, number) => number);
    const stanzas = bodies.flatMap((n) => [message(String(n)), message(String(n), 'carol@localhost/x')]).join('');
    await using server = await delivers(stanzas);
    expect((await listen(server, ['--count', '200', '--exec', hook])).exitCode).toBe(0);
    const log = (await readFile(join(dir, 'log'), 'utf8')).trim().split('\n');
    for (const sender of ['bob@localhost', 'carol@localhost']) {
      const own = log.filter((line) => line.startsWith(sender)).map((line) => line.slice(sender.length + 1));
      expect(own).toEqual(bodies.flatMap((n) => [`start ${n}`, `end ${n}`]));
    }
  });

  test('for twenty senders at once: side by side, and nobody complains', async () => {
    const hook = await script('hook', `: > ${dir}/$XMPPCTL_EVENT_BODY; until [ -e ${dir}/19 ]; do sleep 0.05; done`);
    const stanzas = Array.from({ length: 20 }, (_, number) => message(`${number}`, `user${number}@localhost/x`));
    await using server = await delivers(stanzas.join(''));
    const result = await listen(server, ['--count', '20', '--json', '--exec', hook]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('that fails: a warning and on it goes; with --exec-fail stop 82', async () => {
    const hook = await script('hook', 'exit 3');
    await using server = await delivers(message('one') + message('two'));
    const result = await listen(server, ['--count', '2', '--exec', hook]);
    expect(result.exitCode).toBe(0);
    expect(result.stderr.match(/failed: exit status 3/g)).toHaveLength(2);
    await using again = await delivers(message('one') + message('two'));
    const stopped = await listen(again, ['--exec-fail', 'stop', '--exec', hook]);
    expect(stopped.exitCode).toBe(82);
    expect(stopped.stderr).toContain('failed: exit status 3');
  });

  test('that does not exist: 82 at once', async () => {
    await using server = await delivers(message('one'));
    const result = await listen(server, ['--exec', './nothing-here']);
    expect(result.exitCode).toBe(82);
    expect(result.stderr).toContain("the hook './nothing-here' failed: it cannot be started (ENOENT)");
  });

  test('--reply sends back what it prints, to the sender', async () => {
    const hook = await script('hook', 'echo "you said $XMPPCTL_EVENT_BODY"');
    await using server = await delivers(message('hi'));
    expect(await listen(server, ['--count', '1', '--reply', '--exec', hook])).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    const [reply] = server.peers[0]?.received.filter(({ name }) => name === 'message') ?? [];
    expect(reply?.attrs).toMatchObject({ to: 'bob@localhost', type: 'chat' });
    expect(reply?.child('body')?.text).toBe('you said hi');
  });

  test('its options without it: 64', async () => {
    expect((await xmppctl(['listen', '--reply'], {})).exitCode).toBe(64);
  });
});

describe('--notify', () => {
  test('shows who and what, as text and not as markup', async () => {
    await script('notify-send', `printf '%s\\n' "$@" >> ${join(dir, 'shown')}`);
    await using server = await delivers(message('<b>bold</b> & $(x)'));
    const result = await listen(server, ['--count', '1', '--for', '20s', '--notify'], {
      PATH: `${dir}:${process.env.PATH}`,
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(join(dir, 'shown'), 'utf8')).toBe(
      '--app-name=xmppctl\n--\nbob@localhost\n&lt;b&gt;bold&lt;/b&gt; &amp; $(x)\n',
    );
  });

  test('where nothing can show it: one warning', async () => {
    await using server = await delivers(message('one') + message('two'));
    const result = await listen(server, ['--count', '2', '--notify'], { PATH: dir });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toBe("xmppctl: warning: notifications cannot be shown: 'notify-send' is not installed\n");
  });
});
