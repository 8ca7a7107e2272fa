// What a hostile server or sender says (CASES group E), as the whole program prints it in every format.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.ts';
import { type Script, scriptedServer } from '../support/scripted-server.ts';
import { escapeXml } from '../support/xml-reader.ts';
import { xmppctl } from '../support/xmppctl.ts';

/** All that XML can carry and that does something to a terminal, an eye or a reader of lines. */
const hostile =
  'a\u009b2J\u009d0;title\u009c\rb\u0085c\u2028d\u2029e\u202efdp.exe\u2066\u200b\ufeff\nxmppctl: forged\n{"event":"message"}';
/** In output: everything but the newline that ends a record and the tab of TSV. */
const harmful = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
const password = 'hunter-2718';
const formats = [[], ['-o', 'table'], ['--json'], ['-o', 'ndjson'], ['-o', 'tsv']];

/** Sends the stanza to a client that has come online. */
const deliver =
  (stanza: string): Script =>
  async (peer) => {
    await peer.login({ password });
    await peer.session(({ name }) => (name === 'presence' ? stanza : undefined));
  };

async function against(script: Script, args: readonly string[]) {
  await using server = await scriptedServer({ tls: 'direct' }, script);
  const env = { XMPPCTL_SERVER: server.url, XMPPCTL_CA_FILE: server.caFile, XMPPCTL_ACCOUNT: 'alice@localhost' };
  const result = await xmppctl(args, { env: { ...env, XMPPCTL_PASSWORD: password } });
  await server.done;
  expect(result.stdout).not.toMatch(harmful);
  expect(result.stderr).not.toMatch(harmful);
  expect(result.stdout + result.stderr).not.toContain(password);
  return result;
}

describe.each(formats.map((args) => [args.join(' ') || 'no format', args] as const))('with %s', (_name, args) => {
  test('45, 46: body, subject, resource, link and id of a message', async () => {
    const text = escapeXml(hostile);
    const nick = escapeXml('x\u0301<b>');
    const script = deliver(
      `<message from='bob@localhost/${nick}' type='chat' id='${text}'><subject>${text}</subject><body>${text}</body>` +
        `<thread>${text}</thread><x xmlns='jabber:x:oob'><url>${text}</url></x></message>`,
    );
    const result = await against(script, ['listen', '--count', '1', '--for', '5s', ...args]);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const heading = args.includes('tsv') ? 1 : 0;
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(1 + heading);
    if (args.includes('--json') || args.includes('ndjson'))
      expect(result.json()).toMatchObject({ body: hostile.replace('\r', '\n') });
  });

  test('47: the text of a stream error', async () => {
    const text = `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${escapeXml(hostile)}${'long '.repeat(500)}</text>`;
    const script: Script = async (peer) => {
      await peer.login({ password });
      await peer.send(
        `<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>${text}</stream:error></stream:stream>`,
      );
      await peer.gone();
    };
    const result = await against(script, ['listen', '--no-reconnect', ...args]);
    expect(result).toMatchObject({ exitCode: 75, stdout: args.includes('tsv') ? expect.any(String) : '' });
    expect(result.stderr.split('\n')).toHaveLength(2);
    expect(result.stderr.length).toBeLessThan(1200);
  });

  test('47: the text of a SASL failure', async () => {
    const script: Script = async (peer) => {
      await peer.login({ password, error: 'account-disabled', errorText: escapeXml(hostile + 'long '.repeat(500)) });
      await peer.gone();
    };
    const result = await against(script, ['send', 'bob@localhost', 'hi', ...args]);
    expect(result.exitCode).toBe(77);
    expect(result.stderr.split('\n')).toHaveLength(2);
    expect(result.stderr.length).toBeLessThan(1200);
  });

  test('47: the text of a message that comes back', async () => {
    const script: Script = async (peer) => {
      await peer.login({ password });
      const { attrs } = await peer.next('message');
      await peer.send(
        `<message type='error' from='bob@localhost' id='${attrs.id}'><error type='cancel'>` +
          `<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>` +
          `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>${escapeXml(hostile)}</text></error></message>`,
      );
      await peer.session();
    };
    const result = await against(script, ['send', 'bob@localhost', 'hi', ...args]);
    expect(result.exitCode).toBe(67);
    expect(result.stderr.split('\n')).toHaveLength(2);
  });

  test('48: an address that looks like another', async () => {
    const script = deliver("<message from='аdmin@localhost/x' type='chat'><body>trust me</body></message>");
    const result = await against(script, ['listen', '--count', '1', '--for', '5s', ...args]);
    expect(result.exitCode).toBe(0);
    const forPeople = args.length === 0 || args.includes('table');
    // A script compares characters and is not fooled by shapes.
    expect(result.stdout).toContain(forPeople ? 'аdmin@localhost (%D0%B0dmin@localhost)' : 'аdmin@localhost');
  });
});

test('config.json says per account how results and errors are printed; options and variables win', async () => {
  const home = await temporaryDirectory('home');
  const config = join(home, '.config', 'xmppctl');
  await mkdir(config, { recursive: true, mode: 0o700 });
  const accounts = { 'alice@localhost': { output: 'json', verbose: true } };
  await writeFile(join(config, 'config.json'), JSON.stringify({ accounts }), { mode: 0o600 });
  const refused = (args: string[], env = {}) =>
    xmppctl(['contacts', '--server', '127.0.0.1:1', ...args], { home, env });
  const password = { XMPPCTL_PASSWORD: 'x' };
  const configured = await refused([], password);
  expect(configured.stderr.split('\n')[0]).toMatch(/^xmppctl: password from XMPPCTL_PASSWORD/);
  expect(JSON.parse(configured.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ error: { exit: 75 } });
  expect((await refused(['-o', 'table'], password)).stderr).not.toContain('{');
  expect((await refused([], { ...password, XMPPCTL_OUTPUT: 'tsv', XMPPCTL_VERBOSE: '0' })).stderr).not.toMatch(
    /\{|password/,
  );
});
