// Another client's own code at the other end of a file transfer: Gajim, without its windows.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import { linesOf } from './lines.ts';
import type { XmppServer } from './servers.ts';

export interface Gajim extends AsyncDisposable {
  /** Its full JID. */
  readonly jid: string;
  /** Takes every file from now on, into this directory. */
  receive(directory: string): void;
  send(file: string, to: string, how?: { inBand?: boolean }): void;
  /** Resolves with the path of the next file that it says it has had, or has handed over. */
  done(what: 'received' | 'sent', ms?: number): Promise<string>;
}

// Debian's own Python, whatever comes first in PATH: Gajim's modules are installed for that one.
const python = '/usr/bin/python3';
const version = spawnSync(python, ['-c', 'import gajim; print(gajim.__version__)'], { encoding: 'utf8' }).stdout ?? '';
/** The driver reaches into Gajim 1.7. Where there is none at all, the tests fail. */
export const isOtherGajim = /^\d/.test(version) && !version.startsWith('1.7.');
const driver = new URL('gajim-peer.py', import.meta.url).pathname;

/** Logs in as this user; resolves when it is online. */
export async function gajim(server: XmppServer, user: string, password: string): Promise<Gajim> {
  const dir = await temporaryDirectory('gajim');
  await mkdir(join(dir, 'cert_store'));
  await copyFile(server.certificate.certFile, join(dir, 'cert_store', 'server'));
  const child = execa(python, [driver, dir, `${user}@${server.domain}`, server.host, String(server.starttlsPort)], {
    env: { HOME: dir, GAJIM_PASSWORD: password },
    extendEnv: false,
    stdin: 'pipe',
    reject: false,
  });
  const lines = linesOf(child.stdout);
  void child.then(() => lines.end());
  const next = async (key: string, ms: number) => {
    try {
      const line = await lines.next(new RegExp(`"(${key}|failed)":`), ms);
      const said = JSON.parse(line) as Record<string, string>;
      if (said[key] !== undefined) return said[key];
      throw new Error(line);
    } catch (error) {
      child.kill();
      throw new Error(`Gajim: ${(error as Error).message}\n${(await child).stderr}`);
    }
  };
  const order = (what: object) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  return {
    jid: await next('online', 20_000),
    receive: (directory) => order({ receive: directory }),
    send: (file, to, { inBand = false } = {}) => order({ send: file, to, in_band: inBand }),
    done: (what, ms = 15_000) => next(what, ms),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await child;
      removeDirectory(dir);
    },
  };
}
