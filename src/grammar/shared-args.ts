/** The options that every connecting command has (SPEC 2), and those that every command has. */
import { type Args, flag, option } from './command.ts';
import { choice, duration, file, jid, program, text } from './values.ts';

export const outputArgs = {
  output: option(choice(['table', 'json', 'ndjson', 'tsv'], 'FORMAT'), 'how results are printed', { alias: 'o' }),
  json: option(text('FIELDS'), 'same as -o json (streams: ndjson); with =FIELDS only these keys', { bare: '' }),
  noHeader: flag('no heading line above a table'),
  noColor: flag('no colour, whatever the terminal'),
  quiet: flag('only results and errors', { alias: 'q' }),
  verbose: flag('say each step on stderr', { alias: 'v' }),
} satisfies Args;

export const connectionArgs = {
  account: option(jid('account'), 'the account to use; default: the first that logged in', { alias: 'a' }),
  passwordStdin: flag('read the password from the first line of standard input'),
  passwordFile: option(file(), 'read the password from the first line of FILE'),
  passwordCommand: option(program(), 'read the password from the first line that CMD prints'),
  server: option(text('[xmpp[s]://]HOST[:PORT]'), 'connect there instead of asking DNS; xmpps is direct TLS'),
  caFile: option(file(), 'trust the certificates in FILE (PEM) instead of the system’s'),
  pin: option(text('sha256:BASE64'), 'trust exactly this public key instead of any CA'),
  proxy: option(text('URL'), 'go through a socks5h:// or http:// proxy'),
  timeout: option(duration(), 'how long the whole command may take; for listen: each connection attempt', {
    presetText: '30s',
  }),
  allowPlain: flag('allow SASL PLAIN over verified TLS'),
  insecureNoTls: flag('allow a server without TLS (SCRAM only); warns each time'),
  trace: option(
    file('FILE'),
    'the XML of both directions, secrets redacted, to stderr or FILE (a path, *.xml or *.log)',
    {
      bare: '-',
      mayFollow: /^(?:(?:\.{0,2}|~)\/[^\s@]+|[^\s@-][^\s@]*\.(?:xml|log))$/,
    },
  ),
  noInput: flag('never ask at the terminal'),
  dryRun: flag('print the stanzas that would be sent, up to the first whose answer decides how to go on; send nothing'),
} satisfies Args;

export const helpArgs = {
  help: flag('show this help', { alias: 'h' }),
  version: flag('show the version', { alias: 'V' }),
} satisfies Args;
