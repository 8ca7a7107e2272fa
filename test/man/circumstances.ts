// What the examples of the manual take for granted. An example that is not named here runs as it stands, as Alice.

export interface Circumstances {
  /** Lines of a shell that come before it. */
  readonly before?: string;
  /** What an example cannot name stands here for a part of it. */
  readonly instead?: readonly [part: string, replacement: string];
  /**
   * Lines of a shell that come once it is online. When they have ended, somebody presses Ctrl-C, unless it ends by itself and
   * has a status for that.
   */
  readonly meanwhile?: string;
  /** What standard output has to show before that. */
  readonly shows?: RegExp;
  /** What is typed at its questions, in a terminal. */
  readonly typed?: readonly string[];
  /** By somebody who has given neither an account nor a password. */
  readonly stranger?: true;
  /** Default 0, or what Ctrl-C gives. */
  readonly status?: number;
}

/** At any time. */
export const surroundings = `
xmppctl muc create ops
xmppctl muc create dev
xmppctl muc create vault --password-file room.txt
as mallory xmppctl add alice@example.org
as bob xmppctl send alice@example.org "good morning"
`;

/** In the directory where the examples run. */
export const files: Readonly<Record<string, string>> = {
  'app.log': 'started\nready\n',
  'graph.png': 'PNG',
  'handle-message': '#!/bin/sh\nexec cat >>handled\n',
  'new.txt': 'new secret\n',
  'notes.txt': 'notes\n',
  'one.jpg': 'JPEG 1',
  'orders.json': '{"email":"bob@example.org"}\n{"email":"carol@example.org"}\n',
  'pw.txt': 'secret\n',
  'report.pdf': 'PDF',
  'room.txt': 'open sesame\n',
  'stanzas.xml': "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>\n",
  'two.jpg': 'JPEG 2',
};

/** Programs that the examples call beside the ones that every system has. */
export const programs: Readonly<Record<string, string>> = {
  as: 'XMPPCTL_ACCOUNT=$1@example.org; export XMPPCTL_ACCOUNT; shift; exec "$@"',
  hostname: 'echo alpha',
  newcomer: 'xmppctl register "$1@example.org" --password-file pw.txt',
  pass: 'echo secret',
  pg_dump: 'echo "CREATE TABLE articles ();"',
  pwgen: 'echo new secret',
  // The original waits for more lines, for ever.
  tail: 'exec cat "$2"',
};

/** Somebody who stays there. */
const online = (user: string, command: string): string =>
  `rm -f there; as ${user} xmppctl ${command} --verbose >/dev/null 2>there & until grep -qs 'online as\\|^xmppctl: in ' there; do sleep 0.1; done`;
const said = 'as bob xmppctl send alice@example.org "hello"';
const saidInOps = 'as bob xmppctl muc send ops "hello"';
const hello = / {2}bob@example\.org {2}hello$/m;
const inOps = { meanwhile: saidInOps, shows: /hello/ };
/** Logged in on this machine, with the password in a file. */
const loggedIn = (user: string) =>
  `newcomer ${user}; xmppctl login ${user}@example.org --password-file pw.txt --store file`;
const upload = 'URL=$(xmppctl sendfile --upload-only report.pdf); mkdir -p got; cd got; rm -f *';

export const circumstances: Readonly<Record<string, Circumstances>> = {
  'xmppctl send bob@example.org "are you there?" --wait receipt --timeout 10s': {
    before: online('bob', 'listen --receipts all'),
  },
  'xmppctl flush': {
    before: 'XMPPCTL_SERVER=xmpps://127.0.0.1:9 xmppctl send bob@example.org later --spool 2>/dev/null || [ $? = 75 ]',
  },

  'xmppctl get https://upload.example.org/…/report.pdf': {
    before: upload,
    instead: ['https://upload.example.org/…/report.pdf', '"$URL" --allow-private'],
  },
  'xmppctl get "$URL" --output-file report.pdf --max-size 20M': {
    before: upload,
    instead: ['get', 'get --allow-private'],
  },
  "xmppctl listen --json | jq --unbuffered -r '.files[]?.url' | xmppctl get - --dir inbox": {
    instead: ['get -', 'get - --allow-private'],
    before: 'mkdir inbox',
    meanwhile:
      'as bob xmppctl sendfile alice@example.org report.pdf; until [ -e inbox/report.pdf ]; do sleep 0.1; done',
  },

  'xmppctl listen': { meanwhile: said, shows: hello },
  'xmppctl listen --json --count 1 | jq -r .body': { meanwhile: said, status: 0 },
  'xmppctl listen --json --durable': { meanwhile: said, shows: /"body":"hello"/ },
  'xmppctl listen --json --from bob@example.org --for 10m': { meanwhile: said, shows: /"body":"hello"/ },
  'xmppctl listen --events presence,chatstate': { meanwhile: 'true' },
  'xmppctl listen --durable --exec ./handle-message': {
    meanwhile: `${said}; until grep -qs hello handled; do sleep 0.1; done`,
  },
  'xmppctl listen --from boss@example.org --reply --exec uptime': {
    meanwhile: 'as boss xmppctl send alice@example.org "all well?"; as boss xmppctl listen --count 1 --for 10s',
  },

  // A room that is there need not be created, and Prosody keeps the name of one that was destroyed.
  'xmppctl muc create ops@conference.example.org --members-only --name Operations': {
    instead: ['ops@', 'operations@'],
  },
  'xmppctl muc create vault --password-file room.txt': { instead: ['vault', 'safe'] },
  'xmppctl muc join ops@conference.example.org': inOps,
  'xmppctl muc join ops --history 20 --json': inOps,
  'xmppctl muc join ops --json --events message --count 1 | jq -r .body': { ...inOps, status: 0 },
  'xmppctl muc listen ops@conference.example.org': inOps,
  'xmppctl muc listen ops --history 20 --json': inOps,
  'xmppctl muc listen ops --json --events message --count 1 | jq -r .body': { ...inOps, status: 0 },
  'xmppctl muc config ops --room-password-file room.txt': { instead: ['ops', 'dev'] },
  'xmppctl muc kick ops@conference.example.org spammer --reason "no advertising"': {
    before: `xmppctl muc affiliation ops spammer@example.org member; ${online('spammer', 'muc join ops')}`,
  },
  'xmppctl muc destroy quiz --confirm --alternate quiz2@conference.example.org': {
    before: 'xmppctl muc create quiz3',
    instead: ['quiz ', 'quiz3 '],
  },

  'xmppctl accept bob@example.org': { before: 'as bob xmppctl add alice@example.org' },
  "xmppctl contacts --pending --json | jq -r '.[].jid' | xargs -n1 xmppctl accept": {
    before: 'as carol xmppctl add alice@example.org; as boss xmppctl add alice@example.org',
  },
  'xmppctl deny mallory@example.org': { before: 'as mallory xmppctl add alice@example.org' },
  'xmppctl presence set dnd "in a meeting" --for 1h': { meanwhile: 'true' },
  'xmppctl presence set available': { meanwhile: 'true' },
  "xmppctl presence get bob@example.org --json | jq -e 'any(.[]; .online)'": {
    before: `xmppctl add bob@example.org; as bob xmppctl accept alice@example.org; ${online('bob', 'presence set available')}`,
  },

  'xmppctl register alice@example.org': {
    instead: ['alice', 'anna'],
    stranger: true,
    typed: ['new secret', 'new secret'],
  },
  'xmppctl register alice@example.org --password-file new.txt --email alice@example.net --save': {
    instead: ['alice@example.org', 'berta@example.org'],
    stranger: true,
  },
  "xmppctl register alice@example.org --invite 'xmpp:example.org?register;preauth=TOKEN'": {
    instead: [
      "alice@example.org --invite 'xmpp:example.org?register;preauth=TOKEN'",
      'alice@invited.example.org --invite "$(invite)"',
    ],
    stranger: true,
    typed: ['new secret', 'new secret'],
  },
  'xmppctl login alice@example.org': { stranger: true, typed: ['secret'] },
  'xmppctl login bot@example.org --password-file pw.txt --store file': { before: 'newcomer bot', stranger: true },
  "xmppctl login bot@example.org --password-command 'pass show xmpp/bot' --store command": { stranger: true },
  'xmppctl logout alice@example.org': { stranger: true },
  'xmppctl logout --all': { stranger: true },
  'xmppctl passwd': { before: loggedIn('paul'), stranger: true, typed: ['new secret', 'new secret'] },
  'xmppctl passwd --new-password-file new.txt': { before: loggedIn('petra'), stranger: true },
  "xmppctl passwd --new-password-command 'pwgen -s 32 1 | tee new.txt'": { before: loggedIn('pia'), stranger: true },
  'xmppctl delete --account alice@example.org --confirm alice@example.org': {
    before: loggedIn('dora'),
    instead: ['alice', 'dora'],
    stranger: true,
  },
  'xmppctl accounts use alice@example.org': {
    before: 'xmppctl login alice@example.org --password-file pw.txt --store file',
    stranger: true,
  },
  'xmppctl import --dry-run': {
    before: 'echo "import@example.org secret" >~/.sendxmpprc; chmod 600 ~/.sendxmpprc',
    stranger: true,
  },

  'xmppctl muc leave ops@conference.example.org': {
    before: 'xmppctl muc bookmarks --add ops@conference.example.org --autojoin',
  },
  'xmppctl raw --wait 1m <stanzas.xml': { instead: ['1m', '1s'] },
  'echo "<presence/>" | xmppctl raw --wait 5s --json | jq -r \'select(.name == "presence").from\'': {
    instead: ['5s', '1s'],
  },
  'xmppctl completion zsh >~/.zfunc/_xmppctl': { before: 'mkdir -p ~/.zfunc' },
  'xmppctl completion fish >~/.config/fish/completions/xmppctl.fish': { before: 'mkdir -p ~/.config/fish/completions' },
};
