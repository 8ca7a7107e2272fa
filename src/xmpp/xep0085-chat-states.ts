/** XEP-0085: Chat State Notifications. */
import { childElements, type Element } from './xml.ts';

const nsChatStates = 'http://jabber.org/protocol/chatstates';
export const chatStates = ['active', 'composing', 'paused', 'inactive', 'gone'] as const;

export function readChatState(message: Element): (typeof chatStates)[number] | null {
  const state = childElements(message)
    .find((child) => child.getNS() === nsChatStates)
    ?.getName();
  return chatStates.find((known) => known === state) ?? null;
}
