// What sendfile says of words that were meant as something else; nothing connects.
import { expect, test } from 'vitest';
import { xmppctl } from '../support/xmppctl.ts';

const run = (...args: string[]) =>
  xmppctl(['sendfile', 'bob@example.org', '/etc/hostname', ...args], {
    env: { XMPPCTL_ACCOUNT: 'alice@example.org', XMPPCTL_PASSWORD: 'secret' },
  });

test.each(['', ' '])('--name %j: 64', async (name) => {
  const result = await run('--name', name);
  expect([result.exitCode, result.stderr]).toEqual([64, 'xmppctl: --name is empty\n']);
});

test('a recipient beside --to is taken for a file, and the error says how to name another recipient', async () => {
  const result = await run('--to', 'carol@example.org');
  expect(result.exitCode).toBe(66);
  expect(result.stderr).toMatch(/cannot read bob@example\.org.*\n.*If it is a recipient: --to bob@example\.org/);
});
