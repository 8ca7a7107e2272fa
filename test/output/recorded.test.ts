// The program that shells call in tests: whatever it prints to, a broken promise would be noticed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';
import { recordedProgram } from '../support/recorded.ts';
import { environmentOf } from '../support/xmppctl.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory('recorded');
});
afterEach(() => removeDirectory(dir));

const shell = (line: string) =>
  execa('bash', ['-o', 'pipefail', '-c', line], { cwd: dir, env: environmentOf(dir), extendEnv: false, reject: false });

describe.each(['| cat', '>file'])('%s', (where) => {
  // Nothing is no JSON: what is printed must have been seen.
  test('what it prints is seen', async () => {
    const check = await recordedProgram(dir);
    expect((await shell(`./xmppctl accounts --json ${where}`)).exitCode).toBe(0);
    expect(await check()).toBe(1);
  });

  test.each([
    ["writeSync(1, Buffer.from('[{}]'), 0)", 0],
    ["process.stdout.write('[{}]')", 0],
    ['process.exitCode = 70', 70],
  ])('%s is stopped', async (code, status) => {
    const broken = join(dir, 'broken.mjs');
    await writeFile(broken, `import { writeSync } from 'node:fs';\n${code};\n`);
    const check = await recordedProgram(dir, broken);
    expect((await shell(`./xmppctl accounts --json ${where}`)).exitCode).toBe(status);
    await expect(check()).rejects.toThrow('xmppctl accounts --json: ');
  });
});
