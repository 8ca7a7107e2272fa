// listen and muc join for a limited time or number of messages: exit 0 only if they were there (SPEC 3, 7).
import { describe, expect, test } from 'vitest';
import { password, run, welcomes } from '../support/attempt.ts';
import { expectInTime } from '../support/in-time.ts';
import { mechanismsFeature, type Peer } from '../support/peer.ts';
import { plays, presence, room, said, self, subject } from '../support/room-script.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import { xmppctl } from '../support/xmppctl.ts';

/** Where these get stuck: before the server has said a word, or when everything is open and nothing is answered. */
const mute: Script = (peer: Peer) => peer.gone();
const muteAfterLogin: Script = async (peer) => {
  await peer.login({ password }).catch(() => {}); // on a busy machine the second is over before that
  await peer.gone();
};
const refuses: Script = async (peer) => {
  await peer.header();
  await peer.features(mechanismsFeature(['SCRAM-SHA-256']));
  await peer.scram({ error: 'not-authorized' });
  await peer.gone();
};

const commands = [['listen'], ['muc', 'join', room]] as const;

describe.each(commands.map((words) => [words.join(' '), words] as const))('%s --for', (_name, words) => {
  const during = async (seconds: number, script: Script, ...more: string[]) => {
    await using server = await scriptedServer({ tls: 'direct' }, script);
    return await run([...words, '--for', `${seconds}`, ...more], server, { seconds: 15 });
  };

  test.each([
    ['says nothing', mute],
    ['says nothing after the login', muteAfterLogin],
  ])('a server that %s: 75 when the time is over, not 0', async (_what, script) => {
    const results = await Promise.all([during(1, script), during(1, script, '--count', '1')]);
    for (const { exitCode, stderr, durationMs } of results) {
      expect(exitCode, stderr).toBe(75);
      expect(stderr).toContain('when --for ran out');
      expectInTime(durationMs, 10_000);
    }
  });

  test('a password that is refused: 77', async () => {
    expect(await during(15, refuses)).toMatchObject({ exitCode: 77 });
  });

  test('there until the end: 0; with --count 1: 1', async () => {
    const script = words[0] === 'listen' ? welcomes() : plays({});
    const [all, one] = await Promise.all([during(4, script), during(4, script, '--count', '1')]);
    expect(all).toMatchObject({ exitCode: 0, stderr: '' });
    expect(one).toMatchObject({ exitCode: 1 });
  });
});

test('muc join --count counts the messages that are printed, as listen does', async () => {
  const banned = presence('alice', { codes: [110, 301], gone: true });
  const joined = () => self() + subject() + said('bob', 'not printed') + presence('carol') + banned;
  await using server = await scriptedServer({ tls: 'direct' }, plays({ joined }));
  const result = await run(['muc', 'join', room, '--json', '--events', 'occupant', '--count', '1'], server);
  expect(result.exitCode, result.stderr).toBe(77);
  expect(result.lines().map((line) => JSON.parse(line).nick)).toEqual(['alice', 'carol', 'alice']);
});

test('listen --once in a room, where nothing waits: 64, and no endless coming back', async () => {
  await using server = await scriptedServer({ tls: 'direct' }, plays({}));
  const result = await run(['listen', '--once', '--room', room], server);
  expect(result.exitCode).toBe(64);
  expect(result.stderr).toContain('xmppctl muc history');
  expect(server.connections).toBe(0);
});

test.each([
  ['--heartbeat', '0'],
  ['--exec-timeout', '0ms', '--exec', 'true'],
])('%s %s would be all the time, or none at all: 64', async (...options) => {
  const result = await xmppctl(['listen', ...options], { env: { XMPPCTL_ACCOUNT: 'alice@localhost' } });
  expect(result).toMatchObject({ exitCode: 64, stdout: '' });
  expect(result.stderr).toContain(`${options[0]}: '${options[1]}' is too short`);
});
