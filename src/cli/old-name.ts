/** Older programs that this one stands in for when it is started under their name. */
import { basename } from 'node:path';
import type { System } from '../system.ts';

export type SendxmppName = 'sendxmpp' | 'go-sendxmpp';

/** The old program whose name this one was started under. */
export function oldName({ program = '' }: Pick<System, 'program'>): SendxmppName | undefined {
  const name = basename(program);
  return name === 'sendxmpp' || name === 'go-sendxmpp' ? name : undefined;
}
