/** The commands of rooms, in the order of the manual. */
import type { Command } from '../../grammar/command.ts';
import { mucAffiliation } from './affiliation.ts';
import { mucBan } from './ban.ts';
import { mucBookmarks } from './bookmarks.ts';
import { mucConfig } from './config.ts';
import { mucCreate } from './create.ts';
import { mucDestroy } from './destroy.ts';
import { mucHistory } from './history.ts';
import { mucInfo } from './info.ts';
import { mucInvite } from './invite.ts';
import { mucJoin, mucListen } from './join.ts';
import { mucKick } from './kick.ts';
import { mucLeave } from './leave.ts';
import { mucList } from './list.ts';
import { mucMembers } from './members.ts';
import { mucSend } from './send.ts';
import { mucSubject } from './subject.ts';

export const mucCommands: readonly Command[] = [
  mucCreate,
  mucJoin,
  mucSend,
  mucListen,
  mucMembers,
  mucList,
  mucInfo,
  mucInvite,
  mucSubject,
  mucConfig,
  mucKick,
  mucBan,
  mucAffiliation,
  mucDestroy,
  mucHistory,
  mucLeave,
  mucBookmarks,
];
