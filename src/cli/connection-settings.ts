/** What `login` and `register --save` remember of their command line. */
import { resolve } from 'node:path';
import type { AccountSettings } from '../account/config.ts';
import type { SharedValues } from './parse.ts';

export const connectionSettings = (shared: SharedValues): Partial<AccountSettings> => ({
  ...pick(shared, ['server', 'pin', 'proxy', 'passwordCommand']),
  ...(shared.caFile === undefined ? {} : { caFile: resolve(shared.caFile) }),
  ...(shared.allowPlain ? { allowPlain: true } : {}),
  ...(shared.insecureNoTls ? { insecureNoTls: true } : {}),
});

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]]))) as {
    [P in K]?: Exclude<T[P], undefined>;
  };
}
