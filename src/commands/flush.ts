import { defineCommand, flag } from '../grammar/command.ts';
import { type Delivery, deliveryFields, tallyOfMessages } from './delivery.ts';
import { Line } from './line.ts';
import { Spool } from './spool.ts';

export const flush = defineCommand({
  name: 'flush',
  summary: 'send what send --spool has kept',
  description:
    'Sends the messages of the outbox in the order in which they were to be sent, with the ids that they had, and with the time of the first attempt. ' +
    'One that is sent, or that can never be delivered, leaves the outbox; the others stay. A message that left before and may have arrived ' +
    'is looked for in the archive first; where there is none it stays, with exit status 79, unless --retry-unknown is given. An empty outbox is no failure.',
  args: { retryUnknown: flag('send again, with the same id, what may have arrived already') },
  shared: 'connecting',
  yields: 'stream',
  fields: deliveryFields,
  confirm: ({ to, status }: Delivery) => (status === 'acked' ? `${to}: the server has it` : ''),
  examples: [['xmppctl flush', 'after the network came back; also good in cron']],
  fails: ['data', 'nouser', 'nohost', 'osfile', 'conflict', 'unconfirmed', 'partial'],
  async *run({ retryUnknown }, ctx) {
    const outbox = await ctx.openOutbox(0);
    const tally = tallyOfMessages();
    await using line = new Line(ctx);
    try {
      const args = {
        wait: undefined,
        bounceWait: undefined,
        retryUnknown,
        allowEmpty: true,
        replaceInvalid: false,
      };
      for await (const { outcome } of new Spool(line, args, ctx).flush(outbox)) {
        tally.add(outcome);
        yield outcome.delivery;
      }
    } finally {
      await outbox.release();
    }
    tally.throwUnlessAllWell();
  },
});
