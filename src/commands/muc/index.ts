/** The commands of rooms, in the order of the manual. */
import type { Command } from '../../grammar/command.ts';
import { mucCreate } from './create.ts';
import { mucDestroy } from './destroy.ts';
import { mucInfo } from './info.ts';
import { mucJoin, mucListen } from './join.ts';
import { mucList } from './list.ts';
import { mucMembers } from './members.ts';
import { mucSend } from './send.ts';

export const mucCommands: readonly Command[] = [
  mucCreate,
  mucSend,
  mucJoin,
  mucListen,
  mucMembers,
  mucList,
  mucInfo,
  mucDestroy,
];
