/** Before the tests that run the program: builds it and the check of its JSON, unless they are newer than their sources. */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { contractFile } from './contract-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const changed = (file: string): number => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

export default function buildIfOld(): void {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = ['package-lock.json', ...names.map((file) => `src/${file}`)];
  const contract = 'test/support/json-contract.ts';
  const isOld = (made: string, of: readonly string[]): boolean => changed(made) <= Math.max(...of.map(changed));
  if (isOld('dist/main.js', sources)) {
    const stdio = ['ignore', 'inherit', 'inherit'] as const;
    execFileSync(process.execPath, ['src/generate/build.mjs'], { cwd: root, stdio: [...stdio] });
  }
  if (isOld(contractFile, [...sources, contract])) bundle(contract, contractFile);
}

function bundle(source: string, outfile: string): void {
  rmSync(join(root, outfile), { force: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
}
