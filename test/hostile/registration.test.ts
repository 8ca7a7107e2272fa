// Registration forms of all kinds, and what a server that means ill can put into one.
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { type Peer, result, stanzaError } from '../support/peer.ts';
import { type Script, type ServerOptions, scriptedServer } from '../support/scripted-server.ts';
import type { XmlElement } from '../support/xml-reader.ts';
import { xmppctl } from '../support/xmppctl.ts';

const nsRegister = 'jabber:iq:register';
const picture = Buffer.from('89504e470d0a1a0a', 'hex');

/** `register alice@localhost` against a server that answers the question for its form so, and the filled form so. */
async function register(
  args: readonly string[],
  form: string,
  answer: (iq: XmlElement, peer: Peer) => string | Promise<string> = (iq) => result(iq),
  options: ServerOptions = { tls: 'direct' },
) {
  const home = await temporaryDirectory('registration');
  const filled: XmlElement[] = [];
  const script: Script = async (peer) => {
    await peer.header();
    if (options.tls === 'starttls') {
      await peer.startTls();
      await peer.header();
    }
    await peer.features("<register xmlns='http://jabber.org/features/iq-register'/>");
    const question = await peer.next('iq');
    expect(question.attrs.type).toBe('get');
    await peer.send(form.startsWith('<iq') ? form.replace('ID', question.attrs.id ?? '') : result(question, form));
    const next = await peer.any();
    if (next.name !== 'iq') return;
    filled.push(next);
    await peer.send(await answer(next, peer));
    await peer.gone();
  };
  await using server = await scriptedServer(options, script);
  const env = { XMPPCTL_SERVER: server.url, XMPPCTL_CA_FILE: server.caFile, XMPPCTL_PASSWORD: 'hunter-2718' };
  const run = await xmppctl(['register', 'alice@localhost', ...args], { env, home });
  await server.done;
  const files = (await readdir(home)).filter((name) => !name.startsWith('.'));
  const saved = await Promise.all(
    files.map(async (name) => ({
      name,
      bytes: await readFile(join(home, name)),
      mode: (await stat(join(home, name))).mode & 0o777,
    })),
  );
  removeDirectory(home);
  return { run, filled: filled[0]?.toString() ?? '', saved, transcript: server.transcripts[0] };
}

const field = (name: string, type: string, inner = '', label = '') =>
  `<field var='${name}' type='${type}' label='${label}'>${inner}</field>`;
const dataForm = (...fields: string[]) =>
  `<query xmlns='${nsRegister}'><x xmlns='jabber:x:data' type='form'>${field('FORM_TYPE', 'hidden', `<value>${nsRegister}</value>`)}` +
  `${field('username', 'text-single', '<required/>')}${field('password', 'text-private', '<required/>')}${fields.join('')}</x></query>`;
const captcha = (challenge: string) => {
  const uri = "<uri type='image/png'>cid:sha1+1@bob.xmpp.org</uri>";
  const media = `<required/><media xmlns='urn:xmpp:media-element'>${uri}</media>`;
  const hidden = field('challenge', 'hidden', `<value>${challenge}</value>`);
  const data = `<data xmlns='urn:xmpp:bob' cid='sha1+1@bob.xmpp.org' type='image/png'>${picture.toString('base64')}</data>`;
  return dataForm(hidden, field('ocr', 'text-single', media, 'Enter the text')) + data;
};

test('old-style fields are filled with name, password and --email', async () => {
  const { run, filled } = await register(
    ['--email', 'a@example.org'],
    `<query xmlns='${nsRegister}'><instructions>Fill in</instructions><username/><password/><email/></query>`,
  );
  expect(run).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(filled).toMatch(/<username>alice<\/username><password>hunter-2718<\/password><email>a@example.org<\/email>/);
});

test('a data form is filled, hidden fields come back as they were', async () => {
  const token = field('token', 'hidden', '<value>t&amp;1</value>');
  const { run, filled } = await register(
    ['--field', 'city=Graz'],
    dataForm(token, field('city', 'text-single', '<required/>')),
  );
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  for (const part of ['alice', 'hunter-2718', 't&amp;1', 'Graz', nsRegister])
    expect(filled).toContain(`<value>${part}</value>`);
});

test('a required field that was not given: 64, and it is named; nothing is sent', async () => {
  const { run, filled } = await register([], dataForm(field('city', 'text-single', '<required/>', 'Your city')));
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain('--field city=… (Your city)');
  expect(filled).toBe('');
});

test('a CAPTCHA: the picture is saved for this user only, and the fields to give are named', async () => {
  const { run, filled, saved } = await register([], captcha('abc-1'));
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(saved).toEqual([
    { name: expect.stringMatching(/^xmppctl-captcha-[0-9a-f]{8}\.png$/), bytes: picture, mode: 0o600 },
  ]);
  expect(run.stderr).toContain(saved[0]?.name);
  expect(run.stderr).toContain('--field challenge=abc-1\n');
  expect(run.stderr).toContain('--field ocr=… (Enter the text)');
  expect(filled).toBe('');
});

test('a CAPTCHA that was read: the answer goes with the challenge that it belongs to', async () => {
  const { run, filled } = await register(['--field', 'challenge=abc-1', '--field', 'ocr=7nHL3'], captcha('new-2'));
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(filled).toMatch(/challenge.*<value>abc-1<\/value>.*ocr.*<value>7nHL3<\/value>/);
  expect(filled).not.toContain('new-2');
});

test('a challenge made for the shell of the reader is harmless when it is copied', async () => {
  const challenge = "x'; touch pwned; echo '&#10;xmppctl: run this: rm -rf ~&#155;2J";
  const { run } = await register([], captcha(challenge.replaceAll("'", '&apos;')));
  expect(run.exitCode).toBe(64);
  expect(run.stderr.split('\n').filter((line) => line.startsWith('xmppctl:'))).toHaveLength(1);
  expect(run.stderr).not.toMatch(/\p{Cc}(?<!\n)/u);
  const words = run.stderr.split('\n').find((line) => line.includes('challenge=')) ?? '';
  const home = await temporaryDirectory('shell');
  await promisify(execFile)('bash', ['-c', `: ${words}`], { cwd: home });
  expect(await readdir(home)).toEqual([]);
  removeDirectory(home);
});

test('a web page instead of a form: 69, and its address', async () => {
  const { run } = await register(
    [],
    `<query xmlns='${nsRegister}'><instructions>Visit us</instructions><x xmlns='jabber:x:oob'><url>https://example.org/join?x=1</url></x></query>`,
  );
  expect(run).toMatchObject({ exitCode: 69, stdout: '' });
  expect(run.stderr).toContain('https://example.org/join?x=1');
});

test('a form without a place for name and password: 69, and nothing is sent', async () => {
  const { run, filled } = await register(
    [],
    `<query xmlns='${nsRegister}'><instructions>Ask the admin</instructions></query>`,
  );
  expect(run).toMatchObject({ exitCode: 69, stdout: '' });
  expect(run.stderr).toContain('Ask the admin');
  expect(filled).toBe('');
});

test.each([
  ['conflict', 81],
  ['not-acceptable', 65],
  ['not-allowed', 77],
  ['forbidden', 77],
  ['service-unavailable', 69],
  ['feature-not-implemented', 69],
])('%s: %i', async (condition, exitCode) => {
  const { run } = await register(['--json', '--save', '--store', 'file'], dataForm(), (iq) =>
    stanzaError(iq, condition),
  );
  expect(run).toMatchObject({ exitCode, stdout: '' });
  expect(JSON.parse(run.stderr).error).toMatchObject({ exit: exitCode, condition });
});

test('too many registrations from here: 75, later it may work', async () => {
  const { run } = await register(['--json'], dataForm(), (iq) => stanzaError(iq, 'resource-constraint', 'wait'));
  expect(run.exitCode).toBe(75);
});

test('the connection ends after the form was sent: 79, because nobody knows whether there is an account now', async () => {
  const { run } = await register(['--json'], dataForm(), (_iq, peer) => {
    peer.destroy();
    return '';
  });
  expect(run).toMatchObject({ exitCode: 79, stdout: '' });
  expect(JSON.parse(run.stderr).error).toMatchObject({ kind: 'unconfirmed', delivered: 'unknown' });
});

test('no answer before the deadline to the form that was sent: 79 as well', async () => {
  const { run } = await register(['--timeout', '1s'], dataForm(), () => '');
  expect(run.exitCode).toBe(79);
});

test('a server without encryption is not asked for a form: 80', async () => {
  await using server = await scriptedServer({ tls: 'starttls' }, async (peer) => {
    await peer.header();
    await peer.features("<register xmlns='http://jabber.org/features/iq-register'/>");
    await peer.gone();
  });
  const env = { XMPPCTL_SERVER: server.url, XMPPCTL_CA_FILE: server.caFile, XMPPCTL_PASSWORD: 'hunter-2718' };
  expect((await xmppctl(['register', 'alice@localhost'], { env })).exitCode).toBe(80);
  await server.done;
  expect(server.transcripts[0]?.plain).not.toMatch(/<iq|alice|hunter/);
});
