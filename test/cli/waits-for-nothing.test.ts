// A defect that this program must not have: it waits for something that cannot come. Then it says so, and its status is 70.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { xmppctl } from '../support/xmppctl.ts';

test('when nothing is left that could happen: 70, and not the status of Node', async () => {
  const home = await temporaryDirectory('home');
  const module = join(home, 'nothing-happens.mjs');
  await writeFile(
    module,
    `import { Socket } from 'node:net';
     const { setTimeout } = globalThis;
     globalThis.setTimeout = (...args) => setTimeout(...args).unref();
     Socket.prototype.connect = function () { return this; };`,
  );
  const env = { NODE_OPTIONS: `--import=${module}`, XMPPCTL_SERVER: 'xmpps://127.0.0.1:9', XMPPCTL_PASSWORD: 'secret' };
  const result = await xmppctl(['contacts', '--account', 'alice@localhost'], { home, env });
  expect([result.exitCode, result.stdout]).toEqual([70, '']);
  expect(result.stderr).toContain('waits for something that cannot come');
  removeDirectory(home);
});
