// A throwaway Prosody 13: SASL2 (XEP-0388) with Bind 2 (XEP-0386), inline stream management and FAST (XEP-0484).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startInstalled } from './prosody.ts';
import type { ServerOptions, XmppServer } from './servers.ts';

/** Made by test/prosody13.mjs. */
const dir = fileURLToPath(new URL('../../node_modules/.cache/prosody13', import.meta.url));

export function startProsody13(options: ServerOptions = {}): Promise<XmppServer> {
  if (!existsSync(dir)) throw new Error('Prosody 13 is not here. Bring it with:\n  node test/setup.mjs prosody13');
  const modules = ['sasl2', 'sasl2_bind2', 'sasl2_fast', ...(options.without?.includes('smacks') ? [] : ['sasl2_sm'])];
  return startInstalled({ prosody: join(dir, 'prosody'), prosodyctl: join(dir, 'prosodyctl'), modules }, options);
}
