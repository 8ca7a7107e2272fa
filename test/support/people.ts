// People on a real server: new ones for each test, each command a process of the program.
import { expect } from 'vitest';
import type { XmppServer } from './servers.ts';
import { at, type Result, type RunOptions, xmppctl } from './xmppctl.ts';

export interface Contact {
  jid: string;
  name: string | null;
  groups: string[];
  subscription: string | null;
  ask: boolean | null;
  approved: boolean | null;
  online: boolean | null;
  show: string | null;
  status: string | null;
  resources: string[];
}

export interface People {
  /** Registers accounts with names that nobody had before; gives their JIDs. */
  register(...names: string[]): Promise<string[]>;
  as(jid: string, args: string[], options?: RunOptions): Promise<Result>;
  /** The same, and it must end well and say nothing on stderr. */
  done(jid: string, args: string[], options?: RunOptions): Promise<Result>;
  contactsOf(jid: string, ...more: string[]): Promise<Contact[]>;
  /** Both see each other from then on. */
  befriend(one: string, other: string): Promise<void>;
}

export function peopleOn(server: () => XmppServer): People {
  let count = 0;
  const people: People = {
    async register(...names) {
      count += 1;
      for (const name of names) await server().register(`${name}${count}`, 'secret');
      return names.map((name) => `${name}${count}@${server().domain}`);
    },
    as: (jid, args, options = {}) =>
      xmppctl(args, { ...options, env: { ...at(server(), jid, 'secret'), ...options.env } }),
    async done(jid, args, options) {
      const result = await people.as(jid, args, options);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      return result;
    },
    contactsOf: async (jid, ...more) => (await people.done(jid, ['contacts', '--json', ...more])).json<Contact[]>(),
    async befriend(one, other) {
      await people.done(one, ['add', other]);
      await people.done(other, ['accept', one]);
      await people.done(other, ['add', one]);
      await people.done(one, ['accept', other]);
    },
  };
  return people;
}
