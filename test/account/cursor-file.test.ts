// The file of a cursor: places in the archives of the account and of rooms; what is damaged is never a first run.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cursorFileOf, openCursor, readPosition } from '../../src/account/cursor-file.ts';
import { type Paths, pathsFor } from '../../src/account/paths.ts';
import { removeDirectory, temporaryDirectory } from '../support/daemon.ts';

const jid = 'alice@localhost';
const place = { id: '7', time: '2026-01-02T03:04:05.000Z' };
let paths: Paths;
beforeEach(async () => {
  const dir = await temporaryDirectory('cursor');
  const env = { XDG_STATE_HOME: join(dir, 'state'), HOME: dir };
  paths = pathsFor({ env, platform: process.platform, uid: process.getuid?.() });
  return () => removeDirectory(dir);
});
const file = () => cursorFileOf(paths, jid, 'default');
const open = () => openCursor(paths, jid, 'default', process.platform);
const given = async (text: string) => {
  await mkdir(dirname(file()), { recursive: true, mode: 0o700 });
  await writeFile(file(), text, { mode: 0o600 });
};

test('keeps the places of rooms beside its own, also those of rooms that are not entered this time', async () => {
  const first = await open();
  expect([first.position, first.rooms.size]).toEqual([undefined, 0]);
  first.saveRoom('ops@rooms.localhost', place);
  first.save({ ...place, id: '8' });
  await first.close();
  const second = await open();
  second.saveRoom('__proto__@rooms.localhost', { ...place, id: null });
  await second.close();
  const third = await open();
  await third.close();
  expect(third.position).toEqual({ ...place, id: '8' });
  expect([...third.rooms]).toEqual([
    ['ops@rooms.localhost', place],
    ['__proto__@rooms.localhost', { ...place, id: null }],
  ]);
  expect(await readPosition(paths, file())).toEqual(third.position);
});

test('without a place of its own it is none, whatever is known of rooms', async () => {
  const cursor = await open();
  cursor.saveRoom('ops@rooms.localhost', place);
  await cursor.close();
  await expect(readFile(file())).rejects.toMatchObject({ code: 'ENOENT' });
});

test('of an earlier version, without rooms, is read', async () => {
  await given(`${JSON.stringify({ v: 1, ...place })}\n`);
  const cursor = await open();
  await cursor.close();
  expect([cursor.position, cursor.rooms.size]).toEqual([place, 0]);
});

test.each([
  ['', { v: 1 }],
  ['of another version', { v: 2, ...place }],
  ['without a time', { v: 1, id: '7' }],
  ['with a date that is none', { v: 1, id: '7', time: 'soon' }],
  ['with rooms that are none', { v: 1, ...place, rooms: 5 }],
  ['with nothing for rooms', { v: 1, ...place, rooms: null }],
  ['with a damaged room', { v: 1, ...place, rooms: { 'ops@rooms.localhost': { id: 7, time: place.time } } }],
  ['with an empty room', { v: 1, ...place, rooms: { 'ops@rooms.localhost': null } }],
])('%s is damaged: kind osfile', async (_what, content) => {
  await given(JSON.stringify(content));
  await expect(open()).rejects.toMatchObject({ kind: 'osfile' });
});
