import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { findPassword } from '../../src/account/secrets.ts';
import { type FakeSystem, failureOf, fakeSystem, request } from './fake-system.ts';

const terminal = (): FakeSystem => fakeSystem({}, { terminal: true });

test.each([
  ['secret\r', 'secret'],
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secrex\x7ft\r', 'secret'],
  ['a🔑\x7f\x7fsecret\r', 'secret'],
  ['\x7f\x7fsecret\r', 'secret'],
  ['wrong\x15secret\r', 'secret'],
  ['se\x1b[D\x1b[1;5C\x1bOPcret\r', 'secret'],
  ['se\tcret\x1a\r', 'secret'],
  ['secret\x04', 'secret'],
  ['pässwörd 🔑\r', 'pässwörd 🔑'],
])('keys %j are the password %j', async (keys, password) => {
  const system = terminal();
  const found = findPassword(request({ system }));
  for (const byte of Buffer.from(keys)) system.stdin.write(Uint8Array.of(byte));
  expect(await found).toEqual({ password, source: 'prompt' });
  expect(system.errors()).toBe('Password for alice@example.org: \n');
  expect(system.stdin.raw).toBe(false);
});

test('what was typed or pasted after the line stays for others', async () => {
  const system = terminal();
  system.stdin.write('secret\rmore');
  await findPassword(request({ system }));
  expect(String(system.stdin.read())).toBe('more');
});

test('the echo is off while one types', async () => {
  const system = terminal();
  const found = findPassword(request({ system }));
  await vi.waitFor(() => expect(system.errors()).toContain('Password'));
  expect(system.stdin.raw).toBe(true);
  system.stdin.write('x\r');
  await found;
});

test('a new password is asked for twice, until both are the same', async () => {
  const system = terminal();
  system.stdin.write('one\rother\rtwo\rtwo\r');
  expect((await findPassword(request({ system, confirm: true }))).password).toBe('two');
  expect(system.errors()).toContain('The two passwords differ; once more.');
});

test('three times two different passwords are none', async () => {
  const system = terminal();
  system.stdin.write('a\rb\rc\rd\re\rf\r');
  expect((await failureOf(request({ system, confirm: true }))).message).toContain(
    'prompt: the two passwords that were typed differ',
  );
});

test.each(['\r', '\x04'])('nothing typed (%j) is no password', async (keys) => {
  const system = terminal();
  system.stdin.write(keys);
  expect((await failureOf(request({ system }))).message).toContain('prompt: nothing was typed');
});

test('Ctrl-C gives the terminal back and interrupts the program', async () => {
  const raw: unknown[] = [];
  const system: FakeSystem = { ...terminal(), interrupt: () => raw.push(system.stdin.raw) };
  system.stdin.write('sec\x03');
  const error = await failureOf(request({ system }));
  expect(raw).toEqual([false]);
  expect(error.message).toContain('interrupted');
});

test('nobody who types: it ends at the deadline', async () => {
  const system = terminal();
  expect((await failureOf(request({ system, deadlineMs: 50 }))).message).toContain('nothing was typed in time');
  expect(system.stdin.raw).toBe(false);
});

test.each([
  [true, true, true, '--no-input'],
  [false, false, true, 'standard input is not a terminal'],
  [false, true, false, 'standard error is not a terminal'],
])(
  'no prompt with noInput %s, stdin terminal %s, stderr terminal %s',
  async (noInput, inTerminal, errTerminal, reason) => {
    const system = terminal();
    system.stdin.isTTY = inTerminal;
    system.stderr.isTTY = errTerminal;
    const error = await failureOf(request({ system, noInput }));
    expect(error.message).toContain(`prompt: `);
    expect(error.message).toContain(reason);
    await turn();
    expect(system.errors()).toBe('');
  },
);
