/** Holds the source to the plan of the house: who may import whom, and who may touch what is outside. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(new URL('../src/', import.meta.url), { recursive: true, encoding: 'utf8' })
  .map((name) => posix.join('src', name.replaceAll('\\', '/')))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
const text = new Map(files.map((file) => [file, readFileSync(posix.join(root, file), 'utf8')]));

/** What each part may use of the others while it runs. Only downwards; types may look a little further. */
const uses: Readonly<Record<string, readonly string[]>> = {
  main: ['cli'],
  cli: [
    'commands',
    'listen',
    'transfer',
    'account',
    'session',
    'output',
    'generate',
    'grammar',
    'xmpp',
    'errors',
    'file-errors',
  ],
  commands: ['listen', 'transfer', 'generate', 'grammar', 'xmpp', 'errors'],
  listen: ['transfer', 'session', 'xmpp', 'errors', 'file-errors'],
  transfer: ['session', 'xmpp', 'errors', 'file-errors', 'kernel-lock', 'time-limit'],
  account: ['grammar', 'xmpp', 'errors', 'file-errors', 'kernel-lock', 'time-limit'],
  session: ['xmpp', 'errors', 'time-limit'],
  output: ['grammar', 'xmpp', 'errors'],
  generate: ['grammar', 'errors'],
  grammar: ['xmpp', 'errors'],
  xmpp: ['errors'],
  errors: [],
  'file-errors': ['errors'],
  'kernel-lock': ['errors'],
  'time-limit': [],
  system: [],
};
const typesOf: Readonly<Record<string, readonly string[]>> = {
  commands: ['account', 'session'],
  listen: ['account'],
};
/** Interfaces without code: what stands for everything outside may be named everywhere. */
const interfaces = ['src/commands/context.ts', 'src/session/types.ts', 'src/system.ts'];
/**
 * The generator's own entry point takes the real list of commands. Of the session commands use what works on the interface
 * Session, never what makes connections.
 */
const makesConnections =
  /session\/(?:bind|endpoints|link|login|open|parser|proxy|resolver|secured-stream|session|stream|tcp|tls|unauthenticated)\.ts$/;
const isException = (edge: string): boolean =>
  edge === 'src/generate/write.ts > src/commands/index.ts' ||
  (/^src\/commands\/.* > src\/session\//.test(edge) && !makesConnections.test(edge));

const partOf = (file: string): string => (file.split('/')[1] ?? '').replace('.ts', '');

interface Import {
  readonly file: string;
  readonly path: string;
  /** `import(…)`, at first use. */
  readonly dynamic: boolean;
}
let imports: readonly Import[];
let packages: readonly Import[];

beforeAll(async () => {
  const { metafile } = await build({
    entryPoints: files,
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    write: false,
    outdir: 'unused',
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const all = Object.entries(metafile.inputs).flatMap(([file, input]) =>
    input.imports.map(({ path, kind, external }) => ({ file, path, dynamic: kind === 'dynamic-import', external })),
  );
  imports = all.filter(({ external }) => !external);
  packages = all.filter(({ external }) => external);
});

const typeImports = (): Import[] =>
  files.flatMap((file) =>
    [...(text.get(file) ?? '').matchAll(/^(?:im|ex)port type [^;]*?from '(\.[^']+)'/gm)].map(([, path = '']) => ({
      file,
      path: posix.join(posix.dirname(file), path),
      dynamic: false,
    })),
  );

describe('imports go one way', () => {
  test('every part of the house is in the plan', () => {
    for (const file of files) expect(Object.keys(uses)).toContain(partOf(file));
  });
  test('for what runs', () => {
    const wrong = imports
      .filter(({ file, path }) => partOf(file) !== partOf(path) && !uses[partOf(file)]?.includes(partOf(path)))
      .map(({ file, path }) => `${file} > ${path}`);
    expect(wrong.filter((edge) => !isException(edge))).toEqual([]);
  });
  test('for types', () => {
    const wrong = typeImports().filter(({ file, path }) => {
      const [from, to] = [partOf(file), partOf(path)];
      return from !== to && !interfaces.includes(path) && !uses[from]?.includes(to) && !typesOf[from]?.includes(to);
    });
    expect(wrong.map(({ file, path }) => `${file} > ${path}`)).toEqual([]);
  });
});

describe('what is outside', () => {
  test('each package is imported by one file', () => {
    const importers = new Map<string, Set<string>>();
    for (const { file, path } of packages.filter((each) => !each.path.startsWith('node:'))) {
      const name = path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/');
      importers.set(name, (importers.get(name) ?? new Set()).add(file));
    }
    expect([...importers].filter(([, from]) => from.size > 1)).toEqual([]);
    expect(importers.get('yargs')).toEqual(new Set(['src/cli/parse.ts']));
    expect(importers.get('@xmpp/client')).toEqual(new Set(['src/xmpp/xml.ts']));
  });
  test('packages that --help does not need are loaded at first use', () => {
    const late = packages.filter(({ path }) => ['cli-table3', 'ora', 'execa', 'keytar', 'socks'].includes(path));
    expect(late.filter(({ dynamic }) => !dynamic)).toEqual([]);
  });
  test('Node itself is not named by commands, grammar, generators and XEP files', () => {
    const pure = ['commands', 'grammar', 'generate', 'errors', 'system'];
    const named = packages.filter(({ file, path }) => pure.includes(partOf(file)) && /^node:/.test(path));
    expect(
      named.filter(({ file }) => file !== 'src/generate/write.ts').map(({ file, path }) => `${file} > ${path}`),
    ).toEqual([]);
  });
  test.each(files.filter((file) => file !== 'src/main.ts'))('%s does not name the global process', async (file) => {
    const { code } = await transform(text.get(file) ?? '', {
      loader: 'ts',
      define: { process: 'GLOBAL_PROCESS', 'globalThis.process': 'GLOBAL_PROCESS' },
    });
    expect(code).not.toContain('GLOBAL_PROCESS');
    expect(code).not.toMatch(/from "(?:node:)?process"/);
  });
  test('standard output has one door', () => {
    const doors = files.filter((file) => /\bstdout\b\s*\.\s*write\(|\bconsole\.\w+\(/.test(text.get(file) ?? ''));
    // All write through the Writer of output/writer.ts.
    expect(
      doors.filter((file) => !['src/output/render.ts', 'src/cli/run.ts', 'src/cli/command-line.ts'].includes(file)),
    ).toEqual([]);
  });
});
