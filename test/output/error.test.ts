import { expect, test } from 'vitest';
import { XmppctlError } from '../../src/errors.ts';
import { renderError } from '../../src/output/error.ts';
import { output } from './support.ts';

async function print(error: XmppctlError, json: boolean): Promise<string> {
  const { stderr, err, out } = output();
  await renderError(error, { json, stderr });
  expect(out).toEqual([]);
  expect(err).toHaveLength(1);
  return err.join('');
}

test('an error is its sentence and what can be done', async () => {
  expect(await print(new XmppctlError('tempfail', 'no answer'), false)).toBe('xmppctl: no answer\n');
  const hint = 'Try this:\n0 7 * * * xmppctl';
  expect(await print(new XmppctlError('config', 'no password', { hint }), false)).toBe(
    'xmppctl: no password\n  Try this:\n  0 7 * * * xmppctl\n',
  );
});

test('what it lists stands below it, one item a line, and no foreign line among them', async () => {
  const list = ['keychain: locked', 'prompt: said\nxmppctl: forged'];
  expect(await print(new XmppctlError('config', 'no password. Tried:', { list, hint: 'Try this.' }), false)).toBe(
    'xmppctl: no password. Tried:\n  keychain: locked\n  prompt: said\\nxmppctl: forged\n  Try this.\n',
  );
});

test('as JSON it is one line with the keys of the manual', async () => {
  const error = new XmppctlError('noperm', 'wrong\npassword', { condition: 'not-authorized' });
  const line = await print(error, true);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual({
    error: {
      exit: 77,
      kind: 'noperm',
      condition: 'not-authorized',
      message: 'wrong\npassword',
      hint: null,
      retryable: false,
      delivered: 'no',
    },
  });
});

test('hostile words in it are harmless and short', async () => {
  const error = new XmppctlError('protocol', `server says \u001b[2J\u009b\u202e\n${'x'.repeat(5000)}`);
  const text = await print(error, false);
  expect(text).toContain('server says \\x1b[2J\\x9b<U+202E>\\nxxx');
  expect(text.length).toBeLessThan(700);
  const line = await print(error, true);
  expect(line).not.toMatch(/[\u0080-\u009f\u202e]/);
  expect(line.length).toBeLessThan(900);
});
