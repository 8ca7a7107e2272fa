// Two accounts that may see each other's presence.
import { rawStream } from './raw-stream.ts';
import type { XmppServer } from './servers.ts';

/** Makes `one` and `other` contacts of each other (subscription "both"); both have the password. */
export async function befriend(server: XmppServer, one: string, other: string, password = 'secret'): Promise<void> {
  using first = await rawStream(server);
  using second = await rawStream(server);
  for (const [stream, name] of [[first, one] as const, [second, other] as const]) {
    await stream.login(name, password);
    await stream.request(`${name}@${server.domain}`, "<query xmlns='jabber:iq:roster'/>");
    await stream.ask('<presence/>', /<presence [^>]*from=/);
  }
  const to = (name: string, type: string) => `<presence to='${name}@${server.domain}' type='${type}'/>`;
  await second.ask(await first.ask(to(other, 'subscribe'), /^/), /type=['"]subscribe['"]/);
  await first.ask(await second.ask(to(one, 'subscribed') + to(one, 'subscribe'), /^/), /type=['"]subscribe['"]/);
  await first.ask(to(other, 'subscribed'), /subscription=['"]both['"]/);
}
