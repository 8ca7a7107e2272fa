// A listener that is known to be online before the test goes on.
import { type Running, type RunOptions, spawnXmppctl } from './xmppctl.ts';

/** `xmppctl listen` with these arguments; resolves when the server knows it as online. */
export async function listening(args: readonly string[], options: RunOptions): Promise<Running> {
  const running = await spawnXmppctl(['listen', '--verbose', ...args], options);
  await running.waitForLine(/^xmppctl: online as /, 15_000, 'stderr');
  return running;
}
