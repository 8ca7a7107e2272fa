// Files that are offered directly by a device that means harm, or is broken (XEP-0234, 0260, 0261, 0047).
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jingleInbox } from '../support/jingle-inbox.ts';
import { checksum, type Device, inBandTransport, type Offered, stillThere } from '../support/jingle-peer.ts';

const inbox = jingleInbox();

describe('a file offered in-band', () => {
  test.each<[string, number, Offered, (bob: Device) => Promise<unknown>, readonly string[]]>([
    ['has more bytes than announced', 65, {}, (bob) => bob.send('pixels!'), []],
    ['has less bytes than announced', 75, {}, (bob) => bob.send('pixel'), []],
    ['has other bytes than announced', 65, {}, (bob) => bob.send('pixelz'), []],
    ['is larger than wanted, as nobody said', 65, { size: null }, (bob) => bob.send('pixels'), ['--max-size', '5']],
    ['leaves out a block', 76, {}, (bob) => bob.data(1, 'pixels'), []],
    ['has a block twice', 76, {}, async (bob) => [await bob.data(0, 'pix'), await bob.data(0, 'els')], []],
    ['has a larger block than agreed', 76, { size: 9000 }, (bob) => bob.data(0, 'x'.repeat(4097)), []],
    ['has a block of nothing', 76, {}, (bob) => bob.data(0, ''), []],
    [
      'has a block that is not base64',
      76,
      {},
      (bob) => bob.ask("<data xmlns='http://jabber.org/protocol/ibb' sid='i1' seq='0'>?</data>"),
      [],
    ],
  ])('%s: %i, the other side is told, and nothing is kept', async (_, exit, offered, send, args) => {
    let reason = '';
    const [file] = await inbox.hear(
      async (bob) => {
        await bob.offer(offered);
        await bob.told('session-accept');
        await send(bob);
        reason = String((await bob.told('session-terminate')).child('reason')?.elements[0]?.name);
      },
      { args },
    );
    expect(file).toMatchObject({ state: 'failed', path: null, error: { exit } });
    expect(reason).toBe(exit === 65 ? 'failed-application' : 'cancel');
    expect(await readdir(inbox.directory)).toEqual([]);
  });

  test('is larger than wanted, as it says itself: refused before a byte comes', async () => {
    const [file] = await inbox.hear(
      async (bob) => {
        await bob.offer({ size: 6 });
        await bob.told('session-terminate');
      },
      { args: ['--max-size', '5'] },
    );
    expect(file).toMatchObject({ state: 'failed', error: { exit: 65 } });
  });

  test('without size and hash is not taken: nobody could tell if it is whole', async () => {
    const [file] = await inbox.hear(async (bob) => {
      await bob.offer({ size: null, of: null });
      await bob.told('session-terminate');
    });
    expect(file).toMatchObject({ state: 'failed', error: { exit: 76 } });
  });

  test.each([
    ['fits', 'pixels', null],
    ['does not fit', 'other', 65],
    ['does not come', undefined, 75],
  ])('whose hash is to be told at the end, and that %s', async (_, of, exit) => {
    const [file] = await inbox.hear(
      async (bob) => {
        await bob.offer({ of: null, promised: true });
        await bob.told('session-accept');
        await bob.send('pixels');
        if (of !== undefined) await bob.jingle('session-info', checksum(of));
        await bob.told('session-terminate');
      },
      { timeout: '2s' },
    );
    expect(file).toMatchObject(exit === null ? { state: 'received' } : { state: 'failed', error: { exit } });
    expect(await readdir(inbox.directory)).toEqual(exit === null ? ['a.txt'] : []);
  });

  test('is ended by the other side in the middle: known at once', async () => {
    const started = performance.now();
    const [file] = await inbox.hear(
      async (bob) => {
        await bob.offer();
        await bob.told('session-accept');
        await bob.open();
        await bob.data(0, 'pix');
        await bob.jingle('session-terminate', '<reason><cancel/></reason>');
      },
      { timeout: '9s' },
    );
    expect(file).toMatchObject({ state: 'failed', error: { exit: 75, condition: 'cancel' } });
    expect(performance.now() - started).toBeLessThan(8000);
    expect(await readdir(inbox.directory)).toEqual([]);
  });

  test('takes nothing of what others say of it', async () => {
    const strangers: string[] = [];
    const [file] = await inbox.hear(async (bob) => {
      await bob.offer();
      await bob.told('session-accept');
      await bob.open();
      for (const from of ['mallory@evil.test/x', 'bob@localhost/other']) {
        strangers.push(await bob.answer(await bob.data(0, 'poison', { from })));
        strangers.push(await bob.answer(await bob.jingle('session-terminate', '<reason><cancel/></reason>', { from })));
      }
      await bob.data(0, 'pixels');
      await bob.close();
    });
    expect(new Set(strangers)).toEqual(new Set(['service-unavailable']));
    expect(file).toMatchObject({ state: 'received', size: 6 });
    expect(await readFile(join(inbox.directory, 'a.txt'), 'utf8')).toBe('pixels');
  });

  test('whose session has the name of one that goes on is refused, and that one goes on', async () => {
    let second = '';
    const [file] = await inbox.hear(async (bob) => {
      await bob.offer();
      await bob.told('session-accept');
      second = await bob.offer({ name: 'b.txt', transport: inBandTransport('i2') });
      await bob.send('pixels');
      await bob.told('session-terminate');
    });
    expect(second).toBe('conflict');
    expect(file).toMatchObject({ state: 'received' });
    expect(await readdir(inbox.directory)).toEqual(['a.txt']);
  });

  test('comes to its end though the last message has come, and then no other begins', async () => {
    let late = '';
    const events = await inbox.hear(
      async (bob) => {
        await bob.offer();
        await bob.told('session-accept');
        await bob.open();
        await bob.peer.send(stillThere);
        await bob.answer(await bob.data(0, 'pix'));
        late = await bob.offer({ sid: 's2', name: 'b.txt', transport: inBandTransport('i2') });
        await bob.data(1, 'els');
        await bob.close();
      },
      { events: 2, args: ['--count', '1'] },
    );
    expect(late).toBe('service-unavailable');
    expect(events).toMatchObject([{ event: 'message' }, { event: 'file', state: 'received' }]);
    expect(await readFile(join(inbox.directory, 'a.txt'), 'utf8')).toBe('pixels');
  });

  test('is saved under a harmless name in the directory', async () => {
    const names = ['../../.ssh/authorized_keys', '/etc/passwd', '..', 'invoice\u202efdp.exe'];
    const files = await inbox.hear(
      async (bob) => {
        for (const [index, name] of names.entries()) {
          const sid = `s${index}`;
          await bob.offer({ sid, name, transport: inBandTransport(sid) });
          await bob.told('session-accept', sid);
          await bob.send('pixels', sid);
          await bob.told('session-terminate', sid);
        }
      },
      { events: names.length },
    );
    expect(files.map(({ state }) => state)).toEqual(names.map(() => 'received'));
    expect((await readdir(inbox.directory)).sort()).toEqual(['authorized_keys', 'file', 'invoicefdp.exe', 'passwd']);
  });
});
