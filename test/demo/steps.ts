// What the demo shows, in order. A command that is new in the program is one more line here.

export interface Step {
  who: 'alice' | 'bob';
  args: readonly string[];
  /** Default 0. */
  status?: number;
  /** Goes on while the next step runs, and has to end after it. */
  meanwhile?: boolean;
}

const password = ['--password-file', 'password.txt'];

export const steps: readonly Step[] = [
  { who: 'alice', args: ['register', 'alice@localhost', ...password] },
  { who: 'bob', args: ['register', 'bob@localhost', ...password] },
  { who: 'alice', args: ['login', 'alice@localhost', '--store', 'file', ...password] },
  { who: 'bob', args: ['login', 'bob@localhost', '--store', 'file', ...password] },
  { who: 'alice', args: ['accounts'] },
  { who: 'bob', args: ['listen', '--count', '1'], meanwhile: true },
  { who: 'alice', args: ['send', 'bob@localhost', 'The backup is done.', '--json'] },
];
