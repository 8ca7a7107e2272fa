// What the demo shows, in order. A command that is new in the program is one more line here.

export interface Step {
  who: 'alice' | 'bob';
  args: readonly string[];
  /** Default 0. */
  status?: number;
  /** Goes on while the next step runs, and has to end after it. */
  meanwhile?: boolean;
}

/** The server of the demo is on a loopback address, where files from strangers are not fetched from. */
const downloads = ['--download', '.', '--download-from', 'alice@localhost', '--allow-private'];

const password = ['--password-file', 'password.txt'];

export const steps: readonly Step[] = [
  { who: 'alice', args: ['register', 'alice@localhost', ...password] },
  { who: 'bob', args: ['register', 'bob@localhost', ...password] },
  { who: 'alice', args: ['login', 'alice@localhost', '--store', 'file', ...password] },
  { who: 'bob', args: ['login', 'bob@localhost', '--store', 'file', ...password] },
  { who: 'alice', args: ['accounts'] },
  { who: 'alice', args: ['add', 'bob@localhost', '--name', 'Bob', '--message', 'It is me, Alice.'] },
  { who: 'bob', args: ['accept', 'alice@localhost'] },
  { who: 'alice', args: ['contacts'] },
  { who: 'bob', args: ['listen', '--count', '1'], meanwhile: true },
  { who: 'alice', args: ['send', 'bob@localhost', 'The backup is done.', '--json'] },
  { who: 'alice', args: ['muc', 'create', 'office', '--name', 'The office'] },
  {
    who: 'bob',
    args: ['muc', 'join', 'office', '--history', '1', '--events', 'message', '--count', '1'],
    meanwhile: true,
  },
  { who: 'alice', args: ['muc', 'send', 'office', 'Good morning!', '--json'] },
  { who: 'bob', args: ['listen', '--count', '1', ...downloads], meanwhile: true },
  { who: 'alice', args: ['sendfile', 'bob@localhost', 'report.txt', '--json'] },
];
