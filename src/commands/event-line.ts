/** An event as one line for people: TIME  FROM  WHAT (SPEC 3). */
import { addressesOf, type Event } from './event-fields.ts';

/** The cells of the line. Somebody in a room stands there as room/nick. */
export const eventLine = (event: Event): string[] => [localTime(event.time), whoIs(event), lineOf(event)];

function whoIs({ from, room, nick }: Event): string {
  return typeof room === 'string' && typeof nick === 'string' ? `${room}/${nick}` : (from ?? '');
}

/** Local time as people read it; the JSON has UTC. */
function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function lineOf(event: Event): string {
  const text = (key: string): string => (typeof event[key] === 'string' && event[key] !== '' ? String(event[key]) : '');
  const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
  switch (event.event) {
    case 'message':
      return words(
        event.room !== null && event.room !== undefined && event.type !== 'groupchat' ? '(private)' : '',
        text('subject') && `[${text('subject')}]`,
        text('body') || (event.body === null ? addressesOf(event) : ''),
      );
    case 'presence':
      return words('*', text('show'), text('status') && `(${text('status')})`);
    case 'subscription':
      return words('* subscription', text('action'), text('status') && `(${text('status')})`);
    case 'chatstate':
      return words('*', text('state'));
    case 'reaction':
      return words('* reacts', Array.isArray(event.reactions) ? event.reactions.join(' ') : '', `to ${text('id')}`);
    case 'correction':
      return words('* corrects', `${text('replaces')}:`, text('body'));
    case 'retraction':
      return words('* takes back', text('id'));
    case 'file':
      return words('* file', text('state'), text('path') || text('url'));
    case 'occupant':
      return words(
        '*',
        occupantWords[String(event.change)] ?? text('change'),
        event.change === 'nick' ? text('newNick') : '',
        event.change === 'role' ? text('role') : '',
        event.change === 'affiliation' ? text('affiliation') : '',
        text('by') && `by ${text('by')}`,
        text('reason') && `(${text('reason')})`,
      );
    case 'subject':
      if (text('subject') !== '') return words('* sets the subject:', text('subject'));
      return text('nick') === '' ? '* there is no subject' : '* takes the subject away';
    case 'invite':
      return words(
        '*',
        event.direct === false ? text('by') : '',
        'invites to',
        text('room'),
        text('reason') && `(${text('reason')})`,
      );
    case 'connection':
      return words('* connection', text('state'));
    case 'gap':
      return words('* messages may be missing since', text('since'), text('until') && `until ${text('until')}`);
    case 'heartbeat':
      return '* still here';
    default:
      return words('*', event.event, text('id'));
  }
}

const occupantWords: Readonly<Record<string, string>> = {
  joined: 'is there',
  left: 'has left',
  nick: 'is now',
  kicked: 'was kicked out',
  banned: 'was banned',
};
