/** The paragraphs of the topics: nothing here can be made from definitions. */
import type { Block } from './topics.ts';

export const credentialBlocks: readonly Block[] = [
  {
    text: 'The password is taken from the first of these that has one. Nothing slow is asked before something certain.',
  },
  {
    list: [
      [
        '1. Options',
        '--password-stdin, --password-file FILE or --password-command CMD; two of them are an error. Of what they give, the first line counts; what follows it on standard input is for the command, as the message of send.',
      ],
      [
        '2. Environment',
        'XMPPCTL_PASSWORD_FILE, XMPPCTL_PASSWORD_COMMAND, XMPPCTL_PASSWORD. The last is removed from the environment once it is read, so that no hook inherits it.',
      ],
      ['3. systemd', '$CREDENTIALS_DIRECTORY/xmppctl.JID, then $CREDENTIALS_DIRECTORY/xmppctl.password.'],
      ['4. Configuration', 'passwordCommand of the account in config.json.'],
      [
        '5. Keychain',
        'The keychain of the system (libsecret, macOS Keychain, Windows Credential Vault): service xmppctl, account the bare JID. xmppctl login writes there.',
      ],
      [
        '6. File store',
        'Only for an account that was logged in with --store file. The file must be readable by you alone.',
      ],
      ['7. Prompt', 'Hidden, only if standard input and standard error are terminals and --no-input is not given.'],
    ],
  },
  {
    text: 'If none has it, the exit status is 78, and the message says what was tried. There is no --password VALUE: everyone on the machine could read it in the process list.',
  },
  { heading: 'Keychain without a desktop' },
  {
    text: 'From cron, DBUS_SESSION_BUS_ADDRESS is missing; if /run/user/UID/bus exists and is yours, it is used. A keychain that is absent, locked or does not answer ends in exit status 78 within seconds; it never hangs. keytar, which talks to the keychain, is optional: without it all other sources work.',
  },
  { heading: 'Trust' },
  {
    text: 'Nothing is sent before TLS is verified for the domain of the JID. A bad certificate, a missing STARTTLS, a wrong signature of the server or a downgrade is exit status 80. NODE_TLS_REJECT_UNAUTHORIZED does not change that. For a server whose certificate no CA vouches for, use --ca-file or --pin, or xmppctl login --trust-on-first-use, which stores the pin it saw. PLAIN is used only with --allow-plain, over verified TLS, and not together with --trust-on-first-use; a server without TLS only with --insecure-no-tls, and never to register, to change a password or to delete an account.',
  },
];

export const environmentNotes: readonly (readonly [string, string])[] = [
  ['XMPPCTL_PASSWORD', 'the password itself; --password-file or --password-command are better'],
  ['CREDENTIALS_DIRECTORY', 'set by systemd: xmppctl.JID or xmppctl.password there'],
  ['DBUS_SESSION_BUS_ADDRESS', 'where the keychain is asked; default: /run/user/UID/bus'],
  ['XMPPCTL_RESOLVER', 'ADDRESS[:PORT] of the name server to ask instead of those of the system'],
  [
    'NODE_OPTIONS, NODE_EXTRA_CA_CERTS',
    'are read by Node itself, before anything of xmppctl: the one may run any program, the other adds authorities to those of the system. NODE_TLS_REJECT_UNAUTHORIZED changes nothing',
  ],
  ['NO_COLOR, TERM=dumb', 'no colour and no progress'],
  ['XDG_CONFIG_HOME', 'xmppctl/config.json there: accounts and their settings; default: ~/.config'],
  ['XDG_STATE_HOME', 'xmppctl/ there: cursors and tokens; default: ~/.local/state'],
  ['XDG_CACHE_HOME', 'xmppctl/ there: JIDs and rooms for completion; default: ~/.cache'],
];

export const jsonBlocks: readonly Block[] = [
  {
    text: 'With --json a result is one JSON document; a stream of events is one object a line (NDJSON), each written at once. --json=KEYS prints only these keys, in that order. -o ndjson gives one object a line for lists, too, and -o tsv a heading line and tab-separated values.',
  },
  {
    text: 'Keys are camelCase. Keys are added in later versions, but none is changed or removed. Absent values are null, absent lists empty. Times are ISO 8601 in UTC.',
  },
  {
    text: 'Control characters, invisible characters and line separators are escaped as \\uXXXX, so that an object is one line for every tool. In TSV a backslash, tab, line feed and carriage return are \\\\, \\t, \\n and \\r; printf %b undoes it.',
  },
  { heading: 'Errors' },
  { text: 'With --json an error is one line on standard error:' },
  {
    code: [
      '{"error":{"exit":77,"kind":"noperm","condition":"not-authorized",',
      '  "message":"…","hint":null,"retryable":false,"delivered":"no"}}',
    ],
  },
  {
    text: 'kind and exit are those of xmppctl help exit-codes. condition is what XMPP calls it, or null. retryable: the same command may be run again unchanged. delivered: no, yes or unknown. Where it is known when it may work again, there is a key retryAt with that time.',
  },
];

export const cronBlocks: readonly Block[] = [
  {
    text: 'Commands that act are silent on success, so that cron sends mail only when something is wrong. Commands that ask print what they found.',
  },
  { code: ['0 7 * * * xmppctl send ops@example.org "$(df -h /)" --no-input'] },
  {
    text: 'The PATH of cron is short: if node is not in it, write PATH=… above the line, or use absolute paths. xmppctl doctor --cron shows the line for this machine, and whether the keychain can be reached from cron.',
  },
  { text: 'Where there is no keychain, name a command or a file that only you can read:' },
  {
    code: [
      '0 7 * * * xmppctl send … --password-command "pass show xmpp"',
      '0 7 * * * xmppctl send … --password-file ~/.config/xmppctl/password',
    ],
  },
  { text: 'In a systemd service:' },
  {
    code: [
      '[Service]',
      'LoadCredentialEncrypted=xmppctl.password:/etc/xmppctl.cred',
      'ExecStart=/usr/bin/xmppctl listen --json --no-input',
    ],
  },
  {
    text: 'Without systemd, start with setsid what shall outlive the terminal: nohup does not protect a program that runs in Node.',
  },
  {
    text: 'In scripts, look at the exit status (xmppctl help exit-codes) and give a message an --id of your own if you repeat it: the recipient then sees it once.',
  },
  { code: ['xmppctl listen --json --count 1 | jq -r .body', 'tail -F app.log | xmppctl send ops@example.org --lines'] },
];
