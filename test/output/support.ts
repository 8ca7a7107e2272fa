/** Streams and writers that keep what is written to them. */
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Command } from '../../src/grammar/command.ts';
import { createRenderer, type RenderOptions } from '../../src/output/render.ts';
import { createErrorWriter, createWriter, type Writer } from '../../src/output/writer.ts';
import type { OutputStream } from '../../src/system.ts';

export interface Recorder extends Writable {
  isTTY?: boolean;
  columns?: number;
  /** Each write as it came. */
  readonly writes: string[];
}

/** A stream that keeps each write; `fail` may return an error for one. */
export function recorder(options: { columns?: number; fail?: (text: string) => Error | undefined } = {}): Recorder {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      const text = chunk.toString();
      const error = options.fail?.(text);
      if (!error) writes.push(text);
      done(error);
    },
  });
  return Object.assign(stream, { writes, ...(options.columns ? { isTTY: true, columns: options.columns } : {}) });
}

export interface Output {
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly out: string[];
  readonly err: string[];
}

/** Both writers; with `columns` they are terminals. */
export function output(columns?: number): Output {
  const [out, err] = [recorder(columns ? { columns } : {}), recorder(columns ? { columns } : {})];
  return {
    stdout: createWriter(out as OutputStream),
    stderr: createErrorWriter(err as OutputStream),
    out: out.writes,
    err: err.writes,
  };
}

export const systemError = (code: string): Error => Object.assign(new Error(`${code}: failed`), { code });

/** Bundles a program that imports from src/, so that a real Node can run it; returns the file's path. */
export async function bundle(code: string, directory: string): Promise<string> {
  const outfile = join(directory, 'program.mjs');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

export type Options = Partial<RenderOptions> & { columns?: number };

/** What the command would print for these rows. */
export async function print(command: Command, result: unknown, { columns, ...options }: Options = {}) {
  const { stdout, stderr, out, err } = output(columns);
  const renderer = createRenderer({ command, format: undefined, stdout, stderr, ...options });
  let error: unknown;
  await renderer.render(result as ReturnType<Command['run']>).catch((thrown) => {
    error = thrown;
  });
  return { out: out.join(''), writes: out, err: err.join(''), error };
}

/** Rows one after the other. */
export async function* rows(...all: object[]) {
  yield* all;
}
