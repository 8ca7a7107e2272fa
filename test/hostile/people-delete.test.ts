// The end of an account on servers that refuse, lie, or go away in the middle.
import { expect, test } from 'vitest';
import { afterLogin, asked, homeOfAlice, own, proof, refusal } from '../support/account-life.ts';
import { password } from '../support/attempt.ts';
import { type Peer, result, stanzaError } from '../support/peer.ts';
import type { ScriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';

const closed =
  "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
const form =
  "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>x</value></field><field var='maiden' type='text-single' label='Maiden name'/></x></query>";
const home = homeOfAlice();

const deleting = (answer: (iq: XmlElement, peer: Peer) => Promise<void>, then: (peer: Peer) => Promise<unknown>) =>
  afterLogin(async (peer, number) => {
    if (number > 1) return void (await then(peer));
    await peer.login({ password });
    peer.acks();
    const iq = await peer.next('iq');
    expect(iq.attrs.to).toBeUndefined();
    expect(asked(iq)?.elements.map(({ name }) => name)).toEqual(['remove']);
    await answer(iq, peer);
  });
const remove = (server: ScriptedServer) => home.run(server, ['delete', '--confirm', own]);

test.each([
  ['forbidden', 77],
  ['not-allowed', 77],
  ['not-authorized', 77],
  ['registration-required', 77],
  ['unexpected-request', 77],
  ['service-unavailable', 69],
  ['feature-not-implemented', 69],
])('a server that refuses with %s: %i, and nothing is forgotten', async (condition, status) => {
  await using server = await deleting(
    async (iq, peer) => {
      await peer.send(stanzaError(iq, condition));
      await peer.gone();
    },
    (peer) => peer.gone(),
  );
  await home.logIn(server);
  const outcome = await remove(server);
  expect(outcome).toMatchObject({ exitCode: status, stdout: '' });
  expect(outcome.stderr).toContain(`the server does not delete ${own}: ${condition}`);
  expect(await home.secrets()).toEqual({ [own]: { password } });
  expect(server.connections).toBe(2);
});

test('a server that wants a form: 69 with its fields', async () => {
  await using server = await deleting(
    async (iq, peer) => {
      await peer.send(stanzaError(iq, 'not-allowed').replace('<error', `${form}<error`));
      await peer.gone();
    },
    (peer) => peer.gone(),
  );
  await home.logIn(server);
  const outcome = await remove(server);
  expect(outcome.exitCode).toBe(69);
  expect(outcome.stderr).toContain('it wants a form to be filled in (Maiden name)');
  expect(await home.secrets()).toEqual({ [own]: { password } });
});

test.each([
  ['the result and then closes with not-authorized', (iq: XmlElement) => result(iq) + closed],
  ['only the end, and no result', () => closed],
  ['the result and nothing more', (iq: XmlElement) => result(iq)],
])('a server that sends %s: gone when the login is refused', async (_what, answer) => {
  await using server = await deleting(async (iq, peer) => {
    await peer.send(answer(iq));
    await peer.gone();
  }, refusal);
  await home.logIn(server);
  expect(await remove(server)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await home.secrets()).toEqual({});
  expect(await home.accounts()).toEqual([]);
});

test('a server that needs a moment is asked again', async () => {
  let attempts = 0;
  await using server = await deleting(
    async (iq, peer) => {
      await peer.send(result(iq) + closed);
      await peer.gone();
    },
    async (peer) => {
      attempts += 1;
      if (attempts < 3) await proof(peer, password);
      else await refusal(peer);
    },
  );
  await home.logIn(server);
  expect(await remove(server)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(attempts).toBe(3);
});

test('a server that says it did and did not: 76, and nothing is forgotten', async () => {
  await using server = await deleting(
    async (iq, peer) => {
      await peer.send(result(iq) + closed);
      await peer.gone();
    },
    (peer) => proof(peer, password),
  );
  await home.logIn(server);
  const outcome = await remove(server);
  expect(outcome.exitCode).toBe(76);
  expect(outcome.stderr).toContain('but still lets it log in; nothing was forgotten here');
  expect(await home.secrets()).toEqual({ [own]: { password } });
});

test('a server that goes away before anybody knows: 79, and nothing is forgotten', async () => {
  await using server = await deleting(
    async (_iq, peer) => peer.destroy(),
    async (peer) => {
      await peer.next('open');
      peer.end();
      await peer.gone();
    },
  );
  await home.logIn(server);
  const outcome = await remove(server);
  expect(outcome.exitCode).toBe(79);
  expect(outcome.stderr).toContain(`nobody can say whether ${own} is deleted`);
  expect(await home.secrets()).toEqual({ [own]: { password } });
});

test('a wrong password: 77, and nothing is asked', async () => {
  await using server = await afterLogin(refusal);
  await home.logIn(server);
  expect((await remove(server)).exitCode).toBe(77);
  expect(server.connections).toBe(2);
  expect(await home.secrets()).toEqual({ [own]: { password } });
});
