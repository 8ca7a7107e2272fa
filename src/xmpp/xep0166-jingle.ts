/** XEP-0166: Jingle: what is said about a session between two clients. */
import { XmppctlError } from '../errors.ts';
import { childElements, type Element, xml } from './xml.ts';

export const nsJingle = 'urn:xmpp:jingle:1';

export type JingleAction =
  | 'session-initiate'
  | 'session-accept'
  | 'session-terminate'
  | 'session-info'
  | 'transport-info'
  | 'transport-replace'
  | 'transport-accept';

/** Who opened the session. */
export type Role = 'initiator' | 'responder';

export interface JingleContent {
  readonly creator: string;
  readonly name: string;
  readonly senders: string | null;
  readonly description: Element | undefined;
  readonly transport: Element | undefined;
}
export interface Jingle {
  readonly action: string;
  readonly sid: string;
  readonly contents: readonly JingleContent[];
  /** Why a session ends: success, decline, cancel, connectivity-error … */
  readonly reason: string | null;
  /** What an application says of the session (session-info). */
  readonly info: readonly Element[];
}

/** An IQ that says it; the children are contents or a reason. */
export const jingle = (
  to: string,
  { action, sid, ...roles }: { action: JingleAction; sid: string; initiator?: string; responder?: string },
  ...children: readonly Element[]
): Element => xml('iq', { type: 'set', to }, xml('jingle', { xmlns: nsJingle, action, sid, ...roles }, [...children]));

/** The one content of our sessions: always brought in by who opens it, and the file is theirs as well. */
export const content = (name: string, ...children: readonly Element[]): Element =>
  xml('content', { creator: 'initiator', name, senders: 'initiator' }, [...children]);

export const reason = (condition: string): Element => xml('reason', {}, xml(condition));

/** Undefined for any other stanza. Throws kind protocol if it does not say what about which session. */
export function readJingle(iq: Element): Jingle | undefined {
  const element = iq.is('iq') && iq.attrs.type === 'set' ? iq.getChild('jingle', nsJingle) : undefined;
  if (!element) return undefined;
  const { action, sid } = element.attrs;
  if (action === undefined || !sid) throw new XmppctlError('protocol', 'a jingle without action or session');
  const why = element.getChild('reason', nsJingle);
  return {
    action,
    sid,
    contents: element.getChildren('content', nsJingle).map((one) => ({
      creator: one.attrs.creator ?? 'initiator',
      name: one.attrs.name ?? '',
      senders: one.attrs.senders ?? null,
      description: childElements(one).find((child) => child.getName() === 'description'),
      transport: childElements(one).find((child) => child.getName() === 'transport'),
    })),
    reason: why
      ? (childElements(why)
          .find((child) => child.getName() !== 'text')
          ?.getName() ?? 'undefined')
      : null,
    info: childElements(element),
  };
}
