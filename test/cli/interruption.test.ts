// What ends a session from outside, and that nothing of it is kept when it has ended.
import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { watch } from '../../src/cli/interruption.ts';

const watched = () => {
  const [deadline, stop] = [new AbortController(), new AbortController()];
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const session = { abort: vi.fn(), interrupt: vi.fn(), ended };
  watch(session, deadline.signal, stop.signal);
  return { deadline, stop, session, end };
};

test('the deadline breaks it off, a signal interrupts it', () => {
  const { deadline, stop, session } = watched();
  stop.abort();
  deadline.abort('too late');
  expect(session.interrupt).toHaveBeenCalledOnce();
  expect(session.abort).toHaveBeenCalledExactlyOnceWith('too late');
});

test('a session that has ended is let go: a listener that connects again for months would keep them all', async () => {
  const { deadline, stop, session, end } = watched();
  end();
  await session.ended;
  expect([deadline.signal, stop.signal].flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
});
