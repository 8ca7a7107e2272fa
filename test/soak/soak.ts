// 300 listeners and 300 senders killed at random moments, on both servers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killSweep } from '../support/kill-sweep.ts';
import { sendSweep } from '../support/send-sweep.ts';
import { servers } from '../support/servers.ts';

/** Prints a line for each sweep; the exit status is 1 if anything was lost. */
export async function runSoak(kills: number): Promise<number> {
  let failed = false;
  for (const [kind, start] of servers) {
    await using server = await start();
    for (const name of ['alice', 'bob', 'carol']) await server.register(name, 'secret');
    const home = await mkdtemp(join(tmpdir(), 'xmppctl-soak-'));
    try {
      // Slowly: Prosody reads its whole archive for each page, and every listener asks for some.
      const heard = await killSweep(server, { sender: 'alice', receiver: 'bob', kills, home, restMs: 200 });
      console.log(
        `${kind}: ${kills} × kill -9 of listen --durable: ${heard.sent} messages sent, ${heard.lost.length} lost, ` +
          `${heard.repeated} repeated with the same stanzaId, ${heard.faults.length} with another`,
      );
      const sent = await sendSweep(server, { sender: 'alice', receiver: 'carol', kills });
      console.log(
        `${kind}: ${kills} × kill -9 of send, run again with the same --id: ${sent.messages} messages, ${sent.lost.length} lost`,
      );
      failed ||= heard.lost.length + heard.faults.length + sent.lost.length > 0;
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
  return failed ? 1 : 0;
}
