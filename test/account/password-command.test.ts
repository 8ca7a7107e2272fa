import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findPassword } from '../../src/account/secrets.ts';
import { failureOf, fakeSystem, request, temporaryDir } from './fake-system.ts';

const from = (passwordCommand: string, deadlineMs = 10_000) => request({ options: { passwordCommand }, deadlineMs });

test.each([
  ['echo secret', 'secret'],
  ["printf 'one\\ntwo\\n'", 'one'],
  ['echo "$(echo nested) | \\$x"', 'nested | $x'],
  ['echo noise >&2; echo secret', 'secret'],
])('%s', async (command, password) => {
  expect((await findPassword(from(command))).password).toBe(password);
});

test.each([
  ['echo s3cret; exit 3', 'exit status 3'],
  ['echo s3cret; kill -TERM $$', 'it was ended by SIGTERM'],
  ['xmppctl-no-such-program', 'exit status 127'],
  ['true', 'it is empty'],
  [' ', 'it is empty'],
  ["printf 's3cret\\0x'", 'NUL byte'],
  ['yes s3cret', 'it prints more than'],
])('%s fails with the reason and without what it printed', async (command, reason) => {
  const error = await failureOf(from(command));
  expect(error.kind).toBe('config');
  expect(error.message).toContain(`--password-command: `);
  expect(error.message).toContain(reason);
  expect(error.message).not.toContain('s3cret');
});

test('it has no standard input, and no password variable in its environment', async () => {
  const system = fakeSystem({ XMPPCTL_PASSWORD: 'x', XMPPCTL_PASSWORD_FILE: '/x', NAME: 'kept' });
  const passwordCommand = 'echo "$NAME:$(env | grep -c XMPPCTL_PASSWORD):$(cat)"';
  expect((await findPassword(request({ system, options: { passwordCommand } }))).password).toBe('kept:0:');
});

test('one that hangs is killed at the deadline with all it has started', async () => {
  const pids = join(temporaryDir(), 'pids');
  const error = await failureOf(from(`echo $$ > ${pids}; sleep 61 & echo $! >> ${pids}; wait`, 300));
  expect(error.message).toContain('it did not end in time and was killed');
  for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) {
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  }
});

test('one that leaves a process with its output open does not hold us longer than the deadline', async () => {
  const error = await failureOf(from('setsid sleep 2 & exit 0', 200));
  expect(error.message).toContain('killed');
});

/** A killed process that nobody has waited for is gone too. */
function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
