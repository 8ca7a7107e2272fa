/** What --help says under the old names. */
import type { SendxmppName } from './old-name.ts';

export function usageOf(name: SendxmppName): string {
  return `Usage: ${name} [OPTIONS] RECIPIENT…

This is xmppctl under the name of ${name}: it reads the same command lines
and sends what comes in on standard input. Exit status 0 means that the server
has the message; see xmppctl help exit-codes.

  -f, --file FILE         account and password; default: ${filesOf[name]},
                          else those of xmppctl
  -u, --username USER     another user
  -j, --jserver HOST[:PORT]
                          another server
  -p, --password WORD     the password; other users of this machine can see it
  -s, --subject TEXT      a subject
  -m, --message FILE      the text is in FILE
  -c, --chatroom          recipients are rooms; the nickname: ${name === 'sendxmpp' ? '-r' : '-a'} NAME
  -i, --interactive       each line is a message
${own[name]}  -v, -d                  say each step
  -t and the like         no effect: every connection is encrypted and verified
`;
}

const filesOf: Readonly<Record<SendxmppName, string>> = {
  sendxmpp: '~/.sendxmpprc',
  'go-sendxmpp': `
                          ~/.config/go-sendxmpp/config or ~/.sendxmpprc`,
};

const own: Readonly<Record<SendxmppName, string>> = {
  sendxmpp: `  -l, --headline          a headline; also --message-type TYPE
  -o, --component NAME    the domain of the account, and of bare recipients
  -e, --ssl               TLS from the first byte
  -a, --tls-ca-path PATH  trusted certificates
  -w, --raw               XML from standard input
`,
  'go-sendxmpp': `  -l, --listen            print messages; with recipients only theirs
  -h, --http-upload FILE  send a file
      --oob-file URL      send a link
      --headline          a headline
      --muc-password WORD the password of the room; others can see it
      --raw               XML from standard input
      --anonymous, --allow-plain, --timeout SECONDS
                          as in go-sendxmpp
`,
};
