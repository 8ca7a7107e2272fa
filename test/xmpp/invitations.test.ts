// XEP-0445: invitations to register an account.
import { expect, test } from 'vitest';
import { parseInvitation } from '../../src/xmpp/xep0445-invitations.ts';

test.each([
  ['xmpp:example.org?register;preauth=TOKEN', 'example.org', undefined, 'TOKEN'],
  ['xmpp:juliet@example.org?register;preauth=TOKEN', 'example.org', 'juliet@example.org', 'TOKEN'],
  ['XMPP:Juliet@Example.ORG?register;preauth=a%2Bb%3D', 'example.org', 'juliet@example.org', 'a+b='],
  ['xmpp:romeo@example.org?roster;preauth=T=O;ibr=y', 'example.org', undefined, 'T=O'],
  ['xmpp:romeo@example.org?roster;ibr=y;name=R;preauth=T', 'example.org', undefined, 'T'],
])('%s', (uri, domain, account, token) => {
  const invitation = parseInvitation(uri);
  expect([invitation.domain, invitation.account?.bare, invitation.token]).toEqual([domain, account, token]);
});

test.each([
  'xmpp:example.org',
  'xmpp:example.org?register',
  'xmpp:example.org?register;preauth=',
  'xmpp:romeo@example.org?roster;preauth=T',
  'xmpp:romeo@example.org?message;preauth=T',
  'xmpp:a@@b?register;preauth=T',
  'xmpp:%zz?register;preauth=T',
  'https://example.org/invite?T',
  '',
])('%s is none', (uri) => {
  expect(() => parseInvitation(uri)).toThrow('that is no invitation');
});
