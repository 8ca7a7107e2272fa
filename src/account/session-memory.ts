/** What the session remembers of an account between runs: how its server logs in, and the token for the next time. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cacheFileOf, readCached, writeCacheText } from './cache.ts';
import { accountStateDir, type Paths } from './paths.ts';
import { ensureDir, readPrivateFile, writePrivateFile } from './private-files.ts';

/** A token as it is stored; which server takes it is the session's business. */
export interface StoredToken {
  readonly mechanism: string;
  readonly token: string;
  readonly expiry: string;
}

export interface SessionMemory {
  /** What `rememberServer` stored, if it can be read. */
  readonly server: unknown;
  readonly userAgentId: string;
  readonly token: StoredToken | undefined;
  rememberServer(value: object): Promise<void>;
  /** Stores a token, or forgets the one there is. A token that cannot be stored only makes the next login slower. */
  putToken(token: StoredToken | undefined): Promise<void>;
}

/** Reads what is remembered of an account. Nothing of it is needed, so nothing of it fails. */
export async function openSessionMemory(paths: Paths, bareJid: string): Promise<SessionMemory> {
  const serverFile = cacheFileOf(paths, bareJid, 'server');
  const tokenFile = join(accountStateDir(paths, bareJid), 'token.json');
  const [server, stored] = await Promise.all([readCached(paths, serverFile), readToken(paths, tokenFile)]);
  const userAgentId = stored?.userAgentId ?? randomUUID();
  return {
    server,
    userAgentId,
    token: stored?.token,
    async rememberServer(value) {
      await writeCacheText(paths, serverFile, JSON.stringify(value));
    },
    async putToken(token) {
      const text = JSON.stringify({ userAgentId, token });
      await ensureDir(accountStateDir(paths, bareJid), paths.owner)
        .then(() => writePrivateFile(tokenFile, text))
        .catch(() => undefined);
    },
  };
}

interface TokenFile {
  readonly userAgentId: string;
  readonly token: StoredToken | undefined;
}

async function readToken(paths: Paths, path: string): Promise<TokenFile | undefined> {
  try {
    const { userAgentId, token } = JSON.parse((await readPrivateFile(path, paths.owner)) ?? '') as Partial<TokenFile>;
    if (typeof userAgentId !== 'string' || !/^[0-9a-f-]{36}$/.test(userAgentId)) return undefined;
    const { mechanism, token: secret, expiry } = token ?? {};
    const whole = typeof mechanism === 'string' && typeof secret === 'string' && typeof expiry === 'string';
    return { userAgentId, token: whole ? { mechanism, token: secret, expiry } : undefined };
  } catch {
    return undefined; // missing, damaged or not ours alone: the password does as well
  }
}
