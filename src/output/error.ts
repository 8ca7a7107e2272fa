/** How an error looks on standard error. */
import type { XmppctlError } from '../errors.ts';
import { foreign, forJson, forTerminalLines } from './sanitize.ts';
import type { Writer } from './writer.ts';

/** Our own sentence and at most 300 characters of what the other side said; the layers below cut those. */
const longestMessage = 600;

export interface ErrorOptions {
  /** One line of JSON (SPEC 7) instead of text. */
  readonly json: boolean;
  readonly stderr: Writer;
}

/** Prints the error; never throws. */
export async function renderError(error: XmppctlError, { json, stderr }: ErrorOptions): Promise<void> {
  await stderr.write(json ? errorLine(error) : errorText(error));
}

/** `{"error":{…}}` in one line. */
export function errorLine(error: XmppctlError): string {
  const object = { ...error.toJSON(), message: cut(error.message) };
  return `${forJson(JSON.stringify({ error: object }))}\n`;
}

/** `xmppctl: message`, below it what it lists, and what can be done. */
export function errorText({ summary, list, hint }: XmppctlError): string {
  const lines = [
    `xmppctl: ${foreign(summary, longestMessage)}`,
    ...list.map((item) => `  ${foreign(item, longestMessage)}`),
    ...(hint === undefined ? [] : [forTerminalLines(hint).replace(/^(?=.)/gm, '  ')]),
  ];
  return `${lines.join('\n')}\n`;
}

function cut(message: string): string {
  const characters = Array.from(message);
  return characters.length > longestMessage ? `${characters.slice(0, longestMessage - 1).join('')}…` : message;
}
