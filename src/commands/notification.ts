/** An event as a notification of the desktop: which program shows it, and with which words. */
import { escapeXml } from '../xmpp/xml.ts';
import { addressesOf, type Event } from './event-fields.ts';

export interface Notification {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const longestBody = 300;

/** Undefined for events that are none of a person's business. Texts go as arguments or variables, never into a script. */
export function notification(event: Event, platform: string): Notification | undefined {
  const words = wordsOf(event);
  if (!words) return undefined;
  const title = clean(words.title);
  const body = clean(words.body).slice(0, longestBody);
  if (platform === 'darwin') {
    const script = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run';
    return { command: ['osascript', '-e', script, title, body], env: {} };
  }
  if (platform === 'win32') {
    return {
      command: ['powershell', '-NoProfile', '-NonInteractive', '-Command', toast],
      env: { XMPPCTL_NOTIFY_TITLE: title, XMPPCTL_NOTIFY_BODY: body },
    };
  }
  // Many desktops take the body as markup.
  return { command: ['notify-send', '--app-name=xmppctl', '--', title, escapeXml(body)], env: {} };
}

const toast = [
  '[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null',
  '$t = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1)',
  '$n = $t.GetElementsByTagName("text")',
  '$n.Item(0).AppendChild($t.CreateTextNode($env:XMPPCTL_NOTIFY_TITLE)) > $null',
  '$n.Item(1).AppendChild($t.CreateTextNode($env:XMPPCTL_NOTIFY_BODY)) > $null',
  '[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier("xmppctl").Show($t)',
].join('; ');

function wordsOf(event: Event): { title: string; body: string } | undefined {
  const text = (key: string): string => (typeof event[key] === 'string' ? String(event[key]) : '');
  const from = text('room') && text('nick') ? `${text('room')}/${text('nick')}` : text('from');
  switch (event.event) {
    case 'message':
      return event.carbon === 'sent'
        ? undefined
        : { title: from, body: text('body') || text('subject') || addressesOf(event) };
    case 'subscription':
      return text('action') === 'request' ? { title: from, body: 'asks to see when you are online' } : undefined;
    case 'invite':
      return { title: from, body: `invites you to ${text('room')}` };
    case 'file':
      return { title: from, body: `file ${text('state')}: ${text('path') || text('url')}` };
    default:
      return undefined;
  }
}

const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
