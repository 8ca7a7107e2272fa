import { expect, test } from 'vitest';
import type { AccountSettings } from '../../src/account/config.ts';
import { effectiveSettings } from '../../src/account/settings.ts';
import { XmppctlError } from '../../src/errors.ts';
import { variableName } from '../../src/grammar/command.ts';

const merge = (options: object, env: Record<string, string>, account: AccountSettings) =>
  effectiveSettings(options, env, account, 'alice@example.org');

test.each<[string, object, Record<string, string>, AccountSettings, object]>([
  ['an option', { server: 'a' }, { XMPPCTL_SERVER: 'b' }, { server: 'c' }, { server: 'a' }],
  ['then the environment', {}, { XMPPCTL_SERVER: 'b' }, { server: 'c' }, { server: 'b' }],
  ['then the configuration', {}, { XMPPCTL_SERVER: '' }, { server: 'c' }, { server: 'c' }],
  ['durations are in milliseconds', { timeout: 1 }, {}, {}, { timeout: 1 }],
  ['from the environment too', {}, { XMPPCTL_TIMEOUT: '5m' }, {}, { timeout: 300_000 }],
  ['and from the configuration', {}, {}, { timeout: '2s' }, { timeout: 2000 }],
  ['an absent flag', { quiet: false }, {}, { quiet: true }, { quiet: true }],
  ['a flag switched off', {}, { XMPPCTL_QUIET: '0' }, { quiet: true }, { quiet: false }],
  ['a flag switched off by nothing', {}, { XMPPCTL_QUIET: '' }, { quiet: true }, { quiet: false }],
  [
    'a flag in words',
    {},
    { XMPPCTL_NO_COLOR: 'Yes', XMPPCTL_ALLOW_PLAIN: 'on' },
    {},
    { noColor: true, allowPlain: true },
  ],
  ['an option without a value', {}, { XMPPCTL_TRACE: '1', XMPPCTL_JSON: 'true' }, {}, { trace: '-', json: '' }],
  ['with one', {}, { XMPPCTL_TRACE: '/t', XMPPCTL_JSON: 'to,id' }, {}, { trace: '/t', json: 'to,id' }],
  ['and without it', {}, { XMPPCTL_TRACE: 'off' }, {}, { trace: undefined }],
  [
    '-o decides over XMPPCTL_JSON',
    { output: 'table' },
    { XMPPCTL_JSON: '1' },
    {},
    { output: 'table', json: undefined },
  ],
  [
    '--json over XMPPCTL_OUTPUT',
    { json: '' },
    { XMPPCTL_OUTPUT: 'tsv' },
    { output: 'tsv' },
    { json: '', output: undefined },
  ],
  ['nothing takes TLS away from all', {}, { XMPPCTL_INSECURE_NO_TLS: '1' }, {}, { insecureNoTls: false }],
  ['but the account may', {}, {}, { insecureNoTls: true }, { insecureNoTls: true }],
])('%s', (_, options, env, account, expected) => {
  expect(merge(options, env, account)).toMatchObject(expected);
});

test.each<[Record<string, string>, AccountSettings, string, string]>([
  [{ XMPPCTL_TIMEOUT: 'soon' }, {}, 'usage', "XMPPCTL_TIMEOUT: 'soon' is not a duration"],
  [{ XMPPCTL_OUTPUT: 'xml' }, {}, 'usage', "XMPPCTL_OUTPUT: 'xml' is not one of"],
  [{ XMPPCTL_QUIET: 'maybe' }, {}, 'usage', "XMPPCTL_QUIET: 'maybe' is not one of"],
  [{}, { timeout: 'soon' }, 'config', 'config.json, accounts, "alice@example.org", "timeout": '],
])('a value that the option would not take: %j %j', (env, account, kind, message) => {
  let error: unknown;
  try {
    merge({}, env, account);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(XmppctlError);
  expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
});

test('a bad value that something stronger covers is not looked at', () => {
  expect(merge({ timeout: 1000 }, { XMPPCTL_TIMEOUT: 'soon' }, {})).toMatchObject({ timeout: 1000 });
});

test('variables are named as options are', () => {
  expect(variableName('caFile')).toBe('XMPPCTL_CA_FILE');
});
