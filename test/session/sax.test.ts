// The XML parser stays an object that V8 is fast with, however many handlers it has.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../output/support.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';

const code = `
  import { SaxesParser } from 'saxes';
  import { saxParser } from './src/session/sax.ts';
  const names = ['error', 'doctype', 'comment', 'processinginstruction', 'opentag', 'closetag', 'text', 'cdata'];
  const isFast = new Function('object', 'return %HasFastProperties(object)');
  for (const make of [() => new SaxesParser({ xmlns: true, position: false }), saxParser]) {
    const sax = make();
    for (const name of names) sax.on(name, () => {});
    console.log(isFast(sax));
  }`;

test('with all of its handlers it has not become a hash table, as it would by itself', async () => {
  const directory = await temporaryDirectory('sax');
  const program = await bundle(code, directory);
  const { stdout } = await promisify(execFile)(process.execPath, ['--allow-natives-syntax', program]);
  removeDirectory(directory);
  expect(stdout).toBe('false\ntrue\n');
});
