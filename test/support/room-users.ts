// Three users of a server that has rooms, and what tests of rooms do with them again and again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { removeDirectory, temporaryDirectory } from './daemon.ts';
import type { ServerOptions, servers, XmppServer } from './servers.ts';
import { at, type Result, type Running, type RunOptions, spawnXmppctl, xmppctl } from './xmppctl.ts';

export interface RoomUsers {
  readonly server: XmppServer;
  options(who: string): RunOptions;
  /** Runs `xmppctl muc …` as alice, bob or carol; the working directory has the password of a room in room.txt. */
  muc(who: string, args: readonly string[], more?: RunOptions): Promise<Result>;
  /** One that has to succeed, silently. */
  done(who: string, ...args: string[]): Promise<void>;
  address(name: string): string;
  newName(): string;
  /** A room of alice's that nobody has used, made together with the others. Its archive has one message. */
  room(): string;
  /** A new room of alice's. */
  created(...args: string[]): Promise<string>;
  exists(name: string): Promise<boolean>;
  /** Somebody who is in the room when this resolves. */
  inside(who: string, name: string, ...args: string[]): Promise<Running>;
  /** Alice says it, one after the other. */
  say(name: string, ...bodies: string[]): Promise<void>;
}

export const silently = { stderr: '', stdout: '', exitCode: 0 };

/** Starts the server for the tests of this block, with so many rooms. */
export function roomUsers(
  start: (typeof servers)[number][1],
  rooms: number,
  serverOptions: ServerOptions = {},
): RoomUsers {
  let server: XmppServer | undefined;
  let home = '';
  let number = 0;
  let taken = 0;
  const ready = (): XmppServer => {
    if (!server) throw new Error('the server is not there yet');
    return server;
  };
  const users: RoomUsers = {
    get server() {
      return ready();
    },
    options: (who) => ({ env: at(ready(), who, 'secret'), cwd: home }),
    muc: (who, args, more = {}) => {
      const { env, ...options } = users.options(who);
      return xmppctl(['muc', ...args], { ...options, ...more, env: { ...env, ...more.env } });
    },
    done: async (who, ...args) => expect(await users.muc(who, args)).toMatchObject(silently),
    address: (name) => `${name}@conference.localhost`,
    newName: () => `room${++number}`,
    room: () => {
      taken += 1;
      if (taken > rooms) throw new Error(`there are only ${rooms} rooms`);
      return `hall${taken}`;
    },
    created: async (...args) => {
      const name = users.newName();
      await users.done('alice', 'create', name, ...args);
      return name;
    },
    exists: async (name) => {
      const { exitCode } = await users.muc('alice', ['info', users.address(name)]);
      expect([0, 67]).toContain(exitCode);
      return exitCode === 0;
    },
    inside: async (who, name, ...args) => {
      const running = await spawnXmppctl(['muc', 'join', name, '--json', ...args], users.options(who));
      await running.waitForLine(/"change":"joined".*"self":true/);
      return running;
    },
    say: async (name, ...bodies) => {
      for (const body of bodies) await users.done('alice', 'send', name, body);
    },
  };
  beforeAll(async () => {
    server = await start(serverOptions);
    home = await temporaryDirectory('rooms');
    await writeFile(join(home, 'room.txt'), 'open sesame\n', { mode: 0o600 });
    await Promise.all(['alice', 'bob', 'carol'].map((who) => ready().register(who, 'secret')));
    if (rooms === 0) return;
    const names = Array.from({ length: rooms }, (_, index) => `hall${index + 1}`);
    await users.done('alice', 'send', '--create', ...names.flatMap((name) => ['--to', name]), 'made');
  });
  afterAll(async () => {
    await server?.stop();
    removeDirectory(home);
  });
  return users;
}

/** The next event of that name which somebody hears. */
export async function nextEvent(running: Running, event: string, match = /./): Promise<Record<string, unknown>> {
  const line = await running.waitForLine((text) => text.includes(`"event":"${event}"`) && match.test(text));
  return JSON.parse(line) as Record<string, unknown>;
}
