/** XEP-0202: what time it is elsewhere. */
import { expect, test } from 'vitest';
import { readTime, timeRequest } from '../../src/xmpp/xep0202-time.ts';
import { parseStanza } from '../support/fake-session.ts';

const answer = (inner: string) => parseStanza(`<iq type='result' from='example.org' id='1'>${inner}</iq>`);

test('the question is an empty <time/>', () => {
  expect(String(timeRequest('example.org'))).toBe('<iq type="get" to="example.org"><time xmlns="urn:xmpp:time"/></iq>');
});

test('the answer is the time in UTC', () => {
  const iq = answer("<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2026-12-19T17:58:35Z</utc></time>");
  expect(readTime(iq)).toEqual(new Date('2026-12-19T17:58:35Z'));
});

test.each([
  ['nothing', ''],
  ['no time', "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo></time>"],
  ['no date', "<time xmlns='urn:xmpp:time'><utc>noon</utc></time>"],
  ['a time of another namespace', "<time xmlns='urn:evil'><utc>2026-12-19T17:58:35Z</utc></time>"],
])('an answer with %s is a broken one', (_what, inner) => {
  expect(() => readTime(answer(inner))).toThrow(expect.objectContaining({ kind: 'protocol' }));
});
