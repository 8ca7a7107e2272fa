/** SHA-256 of a file on its way. For a large one it runs beside the encryption, on another core: each costs about the same. */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { chunksInUse } from './source.ts';

/** A thread costs more than it saves for less than this, in bytes. */
const worthAThread = 16 * 1024 ** 2;

export interface Sha256 extends AsyncDisposable {
  /** Resolves when more can be taken; the chunk must stay as it is for so long as a Source says. */
  update(chunk: Buffer): Promise<void>;
  /** In hexadecimal, after the last chunk. */
  digest(): Promise<string>;
}

/** For a file of that size, in bytes. */
export const sha256For = (size: number): Sha256 => (size < worthAThread ? here() : inThread());

function here(): Sha256 {
  const hash = createHash('sha256');
  return {
    update: async (chunk) => void hash.update(chunk),
    digest: async () => hash.digest('hex'),
    [Symbol.asyncDispose]: async () => {},
  };
}

const program = `
const { parentPort } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
parentPort.on('message', (chunk) => parentPort.postMessage(chunk === null ? hash.digest('hex') : void hash.update(chunk)));
`;

function inThread(): Sha256 {
  const worker = new Worker(program, { eval: true, env: {}, execArgv: [] });
  let waiting = 0;
  let wake: (() => void)[] = [];
  let failure: unknown;
  let result: string | undefined;
  const changed = (): void => {
    for (const go of wake.splice(0)) go();
  };
  worker.on('message', (message: string | undefined) => {
    if (message === undefined) waiting -= 1;
    else result = message;
    changed();
  });
  worker.on('error', (error) => {
    failure = error;
    changed();
  });
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => wake.push(resolve));
    }
  };
  return {
    async update(chunk) {
      worker.postMessage(chunk);
      waiting += 1;
      await until(() => waiting < chunksInUse);
    },
    async digest() {
      worker.postMessage(null);
      await until(() => result !== undefined);
      return result ?? '';
    },
    async [Symbol.asyncDispose]() {
      wake = [];
      await worker.terminate();
    },
  };
}
