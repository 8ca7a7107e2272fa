// A file of recipients that has none: the text on the command line is not one instead.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { xmppctl } from '../support/xmppctl.ts';

const env = { XMPPCTL_ACCOUNT: 'alice@example.org', XMPPCTL_PASSWORD: 'x', XMPPCTL_SERVER: 'xmpps://127.0.0.1:9' };

test.each([
  ['send', ['restart'], ''],
  ['send', ['restart'], '# nobody\n\n  \n'],
  ['muc send', ['ops@muc.example.org'], ''],
])('%s %j with %j in it: 66, and nobody is asked', async (command, words, text) => {
  const dir = await temporaryDirectory('recipients');
  try {
    const list = join(dir, 'list');
    await writeFile(list, text);
    const args = [...command.split(' '), '--recipients', list, ...words, '-v'];
    const result = await xmppctl(args, { env, input: 'the output of a program' });
    expect([result.exitCode, result.stdout], result.stderr).toEqual([66, '']);
    expect(result.stderr).toContain(`no recipient in ${list}`);
    expect(result.stderr).not.toContain('connecting');
  } finally {
    removeDirectory(dir);
  }
});
