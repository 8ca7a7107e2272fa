/** Commands of rooms against a scripted room, and what came of them. */
import { run } from './attempt.ts';
import { plays, type RoomScript } from './room-script.ts';
import { type ScriptedServer, scriptedServer } from './scripted-server.ts';
import type { Result } from './xmppctl.ts';

export const other = 'other@rooms.localhost';

export async function muc(
  args: readonly string[],
  script: RoomScript,
  seconds = 5,
): Promise<Result & { server: ScriptedServer }> {
  await using server = await scriptedServer({ tls: 'direct' }, plays(script));
  const ended = await run(['muc', ...args], server, { seconds });
  return { ...ended, server };
}
export const eventsOf = ({ stdout }: Result) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
export const bodiesOf = (ended: Result) =>
  eventsOf(ended).flatMap(({ event, body }) => (event === 'message' ? [body] : []));
/** The presences that joined, of all connections. */
export const joins = (server: ScriptedServer) =>
  server.peers
    .flatMap(({ received }) => received)
    .filter(({ name, attrs }) => name === 'presence' && attrs.type !== 'unavailable');
export const sent = (server: ScriptedServer, name: string) =>
  server.peers.flatMap(({ received }) => received).filter((element) => element.name === name);
