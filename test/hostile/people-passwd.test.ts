// The password of an account on servers that refuse, or go away in the middle, and a client that is killed.
import { expect, test } from 'vitest';
import { afterLogin, asked, homeOfAlice, own, proof } from '../support/account-life.ts';
import { password } from '../support/attempt.ts';
import { type Peer, result, stanzaError } from '../support/peer.ts';
import type { Script, ScriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';
import { spawnXmppctl } from '../support/xmppctl.ts';

const next = 'staple-battery-1984';
const home = homeOfAlice();

/** The server: what it does when asked for the change on the second connection, then whom it lets in. */
const changing = (change: (iq: XmlElement, peer: Peer) => Promise<void>, then: Script): Promise<ScriptedServer> =>
  afterLogin(async (peer, number) => {
    if (number > 1) return await then(peer, number);
    await peer.login({ password });
    peer.acks();
    const iq = await peer.next('iq');
    expect(asked(iq)?.child('password')?.text).toBe(next);
    await change(iq, peer);
  });
const passwd = (server: ScriptedServer) => home.run(server, ['passwd', '--new-password-command', `echo ${next}`]);
const stored = async () => (await home.secrets())[own];
const lets =
  (taken: string): Script =>
  async (peer) => {
    if (!(await proofOf(peer, taken))) await peer.gone();
  };
/** SCRAM decides by itself; a wrong proof is no failure of the script here. */
const proofOf = async (peer: Peer, taken: string): Promise<boolean> => await proof(peer, taken);

test('a server that refuses: 77, and the new password is nowhere', async () => {
  for (const [condition, status] of [
    ['not-allowed', 77],
    ['not-acceptable', 65],
    ['service-unavailable', 69],
  ] as const) {
    await using server = await changing(
      async (iq, peer) => {
        await peer.send(stanzaError(iq, condition));
        await peer.gone();
      },
      (peer) => peer.gone(),
    );
    await home.logIn(server);
    expect((await passwd(server)).exitCode).toBe(status);
    expect(await stored()).toEqual({ password });
  }
});

test.each([
  ['had not changed it', password, 75, { password }],
  ['had changed it', next, 0, { password: next }],
])('a connection that breaks before the answer, where the server %s', async (_what, taken, status, expected) => {
  await using server = await changing(async (_iq, peer) => peer.destroy(), lets(taken));
  await home.logIn(server);
  expect((await passwd(server)).exitCode).toBe(status);
  expect(await stored()).toEqual(expected);
});

test('a connection that breaks and stays away: 79, and both passwords are kept for the next command', async () => {
  let away = true;
  await using server = await changing(
    async (_iq, peer) => peer.destroy(),
    async (peer) => {
      if (away) {
        await peer.next('open');
        peer.end();
        return await peer.gone();
      }
      await (server.connections === 4 ? lets(next) : accepts(next))(peer, 0);
    },
  );
  await home.logIn(server);
  const outcome = await passwd(server);
  expect(outcome.exitCode).toBe(79);
  expect(outcome.stderr).toContain('Both are kept; the next command finds out which it is.');
  expect(await stored()).toEqual({ password, pending: next });
  away = false;
  const after = await home.run(server, ['contacts']);
  expect(after).toMatchObject({ exitCode: 0 });
  expect(after.stderr).toContain('the new password works, and is stored now');
  expect(await stored()).toEqual({ password: next });
});
const accepts =
  (taken: string): Script =>
  async (peer) => {
    await peer.login({ password: taken });
    peer.acks();
    await peer.session();
  };

test.each([
  ['while the server thinks', 'request', password],
  ['after the server has changed it', 'request', next],
  ['while the new password is proved', 'proof', next],
])('killed %s: the next command says which one works', async (_when, moment, taken) => {
  let reached: () => void = () => {};
  const atThatMoment = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let killed = false;
  await using server = await changing(
    async (iq, peer) => {
      if (moment === 'proof') await peer.send(result(iq));
      else reached();
      await peer.gone();
    },
    async (peer, number) => {
      if (!killed) {
        reached();
        return await peer.gone();
      }
      const first = moment === 'proof' ? 3 : 2;
      if (number === first) await lets(taken)(peer, number);
      else await accepts(taken)(peer, number);
    },
  );
  await home.logIn(server);
  const child = await spawnXmppctl(['passwd', '--new-password-command', `echo ${next}`], {
    ...{ home: home.directory, env: home.environment(server) },
  });
  await atThatMoment;
  expect(await stored()).toEqual({ password, pending: next });
  child.kill('SIGKILL');
  await child.done;
  killed = true;
  const after = await home.run(server, ['contacts']);
  expect(after).toMatchObject({ exitCode: 0 });
  expect(after.stderr).toContain(taken === next ? 'the new password works' : 'the old password stays');
  expect(await stored()).toEqual({ password: taken });
  expect((await home.run(server, ['contacts'])).stderr).toBe('');
});
