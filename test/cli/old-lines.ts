/** Command lines of sendxmpp and go-sendxmpp, and what they become. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SendxmppName } from '../../src/cli/old-name.ts';
import { translate } from '../../src/cli/sendxmpp.ts';
import { fakeSystem, temporaryDir } from '../account/fake-system.ts';

/** The words of a shell line with single and double quotes. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));

/** What the line becomes in a home with these files. */
export async function said(line: string, files: Record<string, string> = {}) {
  const home = temporaryDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text, { mode: 0o600 });
  }
  const [program = '', ...argv] = wordsOf(line.replaceAll('HOME', home));
  const system = { ...fakeSystem({ HOME: home }), argv, program: `/usr/bin/${program}` };
  const translated = await translate(program as SendxmppName, system);
  if (translated.kind === 'usage') return { usage: translated.text };
  return {
    line: translated.argv.map((word) => word.replaceAll(home, 'HOME')).join(' '),
    password: translated.password,
    warnings: translated.warnings,
  };
}
