// Loaded before the program, in its process: writes down what it is asked and what it prints, in a file of its own. Beside
// that it is the program itself, with its exit status, its signals and its pace.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const directory = new URL(import.meta.url).searchParams.get('to');
const file = join(directory, `${process.pid}-${Date.now()}`);
const note = (what) => fs.appendFileSync(file, `${JSON.stringify(what)}\n`, { mode: 0o600 });
/** A chunk may begin or end in the middle of a letter. */
const bytesOf = (chunk) => Buffer.from(chunk).toString('latin1');

const env = Object.entries(process.env).filter(([name]) => name.startsWith('XMPPCTL_'));
note({ args: process.argv.slice(2), env: Object.fromEntries(env) });
process.on('exit', (exitCode) => note({ exitCode }));

// The two ways of src/output/writer.ts: streams, and files by their number.
const streams = ['stdout', 'stderr'];
for (const name of streams) {
  const { write } = process[name];
  process[name].write = function (chunk, ...rest) {
    note({ [name]: bytesOf(chunk) });
    return write.call(this, chunk, ...rest);
  };
}
const { writeSync } = fs;
fs.writeSync = (fd, bytes, offset, ...rest) => {
  const written = writeSync(fd, bytes, offset, ...rest);
  const name = streams[fd - 1];
  if (name) note({ [name]: bytesOf(bytes.subarray(offset, offset + written)) });
  return written;
};
syncBuiltinESMExports();
