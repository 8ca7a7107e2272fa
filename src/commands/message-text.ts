/** The text of a message: from an argument, a file or standard input, checked before anything connects (SPEC 4). */
import { XmppctlError } from '../errors.ts';
import { forbiddenCharacter, replaceForbidden } from '../xmpp/xml.ts';
import type { Context } from './context.ts';

/** More than any server takes in one stanza. */
export const bodyLimit = 1024 * 1024;

export interface TextSource {
  readonly argument: string | undefined;
  readonly bodyFile: string | undefined;
  readonly allowEmpty: boolean;
  readonly replaceInvalid: boolean;
  /** What stands in for a text that is not there: the URL of --url. */
  readonly instead?: string | undefined;
}

/** The text, less one trailing newline. Throws noinput when there is none, data when XML cannot carry it. */
export async function readText(source: TextSource, ctx: Context): Promise<string> {
  const raw = await rawText(source, ctx);
  const text = raw.replace(/\r?\n$/, '');
  if (text === '' && source.instead !== undefined) return source.instead;
  if (text === '' && !source.allowEmpty) {
    throw new XmppctlError('noinput', 'the message is empty; nothing was sent', {
      hint: 'To send it anyway: --allow-empty',
    });
  }
  return checkText(text, source.replaceInvalid);
}

/**
 * Refuses (or, on request, replaces) what XML cannot carry. `replaceInvalid` undefined: the option is not for this text.
 * Throws kind data.
 */
export function checkText(text: string, replaceInvalid?: boolean): string {
  if (replaceInvalid) return replaceForbidden(text);
  const bad = forbiddenCharacter(text);
  if (bad === undefined) return text;
  throw new XmppctlError('data', `the text has the character ${bad}, which XMPP cannot carry; nothing was sent`, {
    hint: replaceInvalid === undefined ? undefined : 'To send it with such characters replaced: --replace-invalid',
  });
}

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/** Bytes as UTF-8 text. Throws kind data, unless invalid bytes are to be replaced. */
export function decodeText(bytes: Uint8Array, replaceInvalid?: boolean): string {
  try {
    return (replaceInvalid ? lenient : strict).decode(bytes);
  } catch {
    throw new XmppctlError('data', 'the text is not valid UTF-8; nothing was sent', {
      hint: replaceInvalid === undefined ? undefined : 'To send it with invalid bytes replaced: --replace-invalid',
    });
  }
}

async function rawText(source: TextSource, ctx: Context): Promise<string> {
  const { argument, bodyFile, replaceInvalid } = source;
  if (argument !== undefined && argument !== '-') return argument;
  if (argument === undefined && bodyFile !== undefined && bodyFile !== '-') {
    return decodeText(await ctx.files.read(bodyFile, bodyLimit), replaceInvalid);
  }
  if (argument === undefined && bodyFile === undefined && ctx.input.isTerminal) {
    if (source.instead !== undefined || source.allowEmpty) return '';
    throw new XmppctlError('noinput', 'there is no message text', {
      hint: 'Give it as an argument, with --body-file FILE, or pipe it in; "-" reads from the terminal.',
    });
  }
  return decodeText(await ctx.input.read(bodyLimit), replaceInvalid);
}
