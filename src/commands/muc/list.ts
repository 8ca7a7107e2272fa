import { XmppctlError } from '../../errors.ts';
import { defineCommand, optionalPositional } from '../../grammar/command.ts';
import { jid } from '../../grammar/values.ts';
import { discoInfo } from '../../session/disco.ts';
import type { Session } from '../../session/types.ts';
import { type DiscoItem, discoItemsRequest, nsDiscoItems, readDiscoItems } from '../../xmpp/xep0030-disco.ts';
import { nsMuc } from '../../xmpp/xep0045-muc.ts';
import { pageRequest, readPage } from '../../xmpp/xep0059-rsm.ts';
import type { Context } from '../context.ts';
import { describeRoom } from './info.ts';
import { onlyRoomService, timeLeft } from './room-args.ts';

interface ListedRoom {
  readonly room: string;
  readonly name: string | null;
  readonly occupants: number | null;
  readonly description: string | null;
}

const pageSize = 50;

export const mucList = defineCommand({
  name: 'muc list',
  summary: 'list the rooms of a service',
  description:
    'Asks the service page by page, and each room for its name, its occupants and its description. Rooms that hide are not among them.',
  args: {
    service: optionalPositional(jid('none', 'SERVICE'), 'the service; default: the only one of the own server'),
  },
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'room', summary: 'the room', type: 'string' },
    { key: 'name', summary: 'its name for people', type: 'string' },
    { key: 'occupants', summary: 'how many are in it', type: 'number' },
    { key: 'description', summary: 'what it is for', type: 'string' },
  ],
  examples: [
    ['xmppctl muc list', 'the rooms of the own server'],
    ['xmppctl muc list conference.example.net --json | jq -r .[].room', 'those of another one'],
  ],
  fails: ['unavailable', 'nohost'],
  async *run({ service }, ctx): AsyncGenerator<ListedRoom> {
    await using session = await ctx.connect();
    const address = service?.domain ?? (await onlyRoomService(session));
    const isService = service === undefined ? undefined : checkRoomService(session, address);
    isService?.catch(() => {}); // what the list says comes first
    for await (const page of pagesOf(session, address)) {
      await isService;
      const rooms = await Promise.all(page.map((item) => look(session, item, ctx)));
      await ctx.remember(
        'room',
        rooms.map(({ room, name }) => ({ value: room, description: name })),
      );
      yield* rooms;
    }
    await isService;
  },
});

/** What a service does not say of itself is no reason; throws kind unavailable if it says that it is something else. */
async function checkRoomService(session: Session, address: string): Promise<void> {
  const info = await discoInfo(session, address).catch(() => undefined);
  if (!info || info.features.has(nsMuc)) return;
  throw new XmppctlError('unavailable', `${address} has no rooms`, { hint: 'See xmppctl services.' });
}

/** The items of the service; ends also where it gives the same page again and again. */
async function* pagesOf(session: Session, service: string): AsyncGenerator<DiscoItem[]> {
  let after: string | undefined;
  for (;;) {
    const what = `${service} does not list its rooms`;
    const request = discoItemsRequest(service, undefined, pageRequest({ max: pageSize, after }));
    const answer = await session.request(request, { what });
    const items = readDiscoItems(answer).filter(({ jid: { local }, node }) => local !== undefined && node === null);
    // A service that does not page sends all at once.
    for (let index = 0; index < items.length; index += pageSize) yield items.slice(index, index + pageSize);
    const query = answer.getChild('query', nsDiscoItems);
    const last = query && readPage(query)?.last;
    if (!last || items.length === 0 || last === after) return;
    after = last;
  }
}

/** A room that does not answer in time, or refuses, is listed by what the service says of it. */
async function look(session: Session, { jid: { bare }, name }: DiscoItem, ctx: Context): Promise<ListedRoom> {
  const over = new AbortController();
  const silence = ctx.clock.after(timeLeft(ctx, 5000), over.signal).then(() => undefined);
  const info = await Promise.race([discoInfo(session, bare).catch(() => undefined), silence]);
  over.abort();
  if (!info) return { room: bare, name, occupants: null, description: null };
  const { name: ownName, occupants, description } = describeRoom(info);
  return { room: bare, name: ownName ?? name, occupants, description };
}
