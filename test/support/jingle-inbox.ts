/** A listener that takes the files which bob's device offers. */
import { beforeEach } from 'vitest';
import { aliceAt } from './attempt.ts';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import { type Device, withDevice } from './jingle-peer.ts';
import { listening } from './listening.ts';
import { scriptedServer } from './scripted-server.ts';

interface HearOptions {
  /** Of `file` events and messages, how many to wait for. */
  events?: number;
  args?: readonly string[];
  timeout?: string;
}

/** For all tests of a file: to each its own directory. */
export function jingleInbox() {
  let directory = '';
  beforeEach(async () => {
    directory = await temporaryDirectory('inbox');
    return () => removeDirectory(directory);
  });
  return {
    get directory(): string {
      return directory;
    },

    /** Listens while bob's device does that; gives the `file` events. */
    async hear(
      script: (bob: Device) => Promise<void>,
      { events = 1, args = [], timeout = '5s' }: HearOptions = {},
    ): Promise<Record<string, unknown>[]> {
      let done = Promise.resolve();
      const played = (bob: Device) => {
        done = script(bob);
        return done;
      };
      await using server = await scriptedServer({ tls: 'direct' }, withDevice(played));
      const where = ['--download', directory, '--accept-from', 'bob@localhost', '--timeout', timeout];
      await using listener = await listening(['--json', ...where, ...args], { env: aliceAt(server) });
      const lines: string[] = [];
      while (lines.length < events) lines.push(await listener.waitForLine(/"event":"(file|message)"/));
      await done;
      return lines.map((line) => JSON.parse(line));
    },
  };
}
