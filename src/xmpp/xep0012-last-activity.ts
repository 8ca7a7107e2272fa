/** XEP-0012: Last Activity. */
import { XmppctlError } from '../errors.ts';
import { type Element, xml } from './xml.ts';

const nsLast = 'jabber:iq:last';

/** Of an account: since its last device went offline. Of a device: since somebody last used it. */
export interface LastActivity {
  readonly seconds: number;
  /** The words of the last presence. */
  readonly status: string | null;
}

export const lastActivityRequest = (to: string): Element =>
  xml('iq', { type: 'get', to }, xml('query', { xmlns: nsLast }));

/** Throws kind protocol if the answer tells no time. */
export function readLastActivity(iq: Element): LastActivity {
  const query = iq.getChild('query', nsLast);
  const seconds = query?.attrs.seconds;
  if (!query || seconds === undefined || !/^\d{1,15}$/.test(seconds)) {
    throw new XmppctlError('protocol', 'the answer to a question for the last activity tells no time');
  }
  return { seconds: Number(seconds), status: query.text() || null };
}
