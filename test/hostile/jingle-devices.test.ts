// Devices that offer files directly and mean harm (XEP-0234, 0166).
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { jingleInbox } from '../support/jingle-inbox.ts';
import { bobsDevice, content, type Device, fileOffer, inBandTransport, stillThere } from '../support/jingle-peer.ts';

const inbox = jingleInbox();

describe('a device', () => {
  test('that comes with anything but one file of somebody who may send some is refused, and listening goes on', async () => {
    const said: readonly ((bob: Device) => Promise<string>)[] = [
      (bob) => bob.jingle('session-initiate', fileOffer(), { from: 'mallory@evil.test/x' }),
      (bob) => bob.jingle('session-initiate', fileOffer(), { sid: '' }),
      (bob) => bob.jingle('session-initiate', fileOffer() + fileOffer()),
      (bob) => bob.jingle('session-initiate', content(inBandTransport())),
      (bob) => bob.jingle('session-initiate', fileOffer().replace("senders='initiator'", "senders='responder'")),
      (bob) => bob.jingle('session-accept', fileOffer()),
      (bob) => bob.data(0, 'x'),
    ];
    const answers: string[] = [];
    const [event] = await inbox.hear(async (bob) => {
      for (const say of said) answers.push(await bob.answer(await say(bob)));
      await bob.peer.send(stillThere);
    });
    expect(answers).toEqual(said.map(() => 'service-unavailable'));
    expect(event).toMatchObject({ event: 'message' });
    expect(await readdir(inbox.directory)).toEqual([]);
  });

  test('that offers more than anybody can take is told so', async () => {
    const answers: string[] = [];
    await inbox.hear(async (bob) => {
      bob.answers = false;
      for (let index = 0; index < 101; index += 1) answers.push(await bob.offer({ sid: `s${index}` }));
      await bob.peer.send(stillThere);
    });
    expect(answers.slice(0, 100)).toEqual(Array(100).fill('result'));
    expect(answers[100]).toBe('resource-constraint');
  });

  test('that answers nothing holds up nobody for long, and its files are given up', async () => {
    const events = await inbox.hear(
      async (bob) => {
        bob.answers = false;
        for (const sid of ['m1', 'm2', 'm3', 'm4']) await bob.offer({ sid, transport: inBandTransport(sid) });
        await bob.told('session-accept', 'm4');
        bob.answers = true;
        await bob.offer({ name: 'b.txt' });
        await bob.told('session-accept');
        await bob.send('pixels');
      },
      { events: 5, timeout: '2s' },
    );
    expect(events.map(({ state }) => state).sort()).toEqual([...Array(4).fill('failed'), 'received']);
    expect(await readdir(inbox.directory)).toEqual(['b.txt']);
  });

  test('that refuses what it offered and then floods the stream stops nothing', async () => {
    const events = await inbox.hear(
      async (bob) => {
        bob.answers = false;
        await bob.offer();
        const iq = await bob.next((stanza) => stanza.child('jingle')?.attrs.action === 'session-accept');
        await bob.peer.send(`<iq type='error' id='${iq.attrs.id}' from='${bobsDevice}'><error type='cancel'/></iq>`);
        const block = `<data xmlns='http://jabber.org/protocol/ibb' sid='i1' seq='0'>eA==</data>`;
        await bob.peer.send(`<iq type='set' id='flood' from='${bobsDevice}'>${block}</iq>`.repeat(5000));
        await bob.peer.send(stillThere);
      },
      { events: 2 },
    );
    expect(events.map(({ event }) => event).sort()).toEqual(['file', 'message']);
    expect(await readdir(inbox.directory)).toEqual([]);
  });
});
