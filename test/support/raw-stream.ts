// The little of XMPP that the tests of the test servers need, without any of the program's code.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { XmppServer } from './servers.ts';

export interface RawStream extends Disposable {
  /** Opens the stream and gives its features. */
  open(): Promise<string>;
  /** SASL PLAIN and resource binding; gives the features of the authenticated stream. */
  login(username: string, password: string, resource?: string): Promise<string>;
  /** Writes some XML; gives what answers it: the first match in what has come and will come. */
  ask(xml: string, answer: RegExp): Promise<string>;
  /** Resolves when that has come; keeps nothing of what comes before it. */
  hear(text: string): Promise<void>;
  /** The answer to an IQ get. */
  request(to: string, child: string): Promise<string>;
  /** The message that comes back for one that is sent. */
  message(to: string): Promise<string>;
}

export async function rawStream(server: XmppServer, tls: 'direct' | 'none' = 'direct'): Promise<RawStream> {
  const host = server.host;
  const socket: Socket =
    tls === 'none'
      ? connectTcp({ host, port: server.starttlsPort })
      : connectTls({ host, port: server.directTlsPort, servername: server.domain, ca: await readFile(server.caFile) });
  await once(socket, tls === 'none' ? 'connect' : 'secureConnect');
  socket.setEncoding('utf8');
  let received = '';
  let ids = 0;
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => undefined);

  const ask = async (question: string, answer: RegExp): Promise<string> => {
    socket.write(question);
    const signal = AbortSignal.timeout(10_000);
    for (;;) {
      const found = answer.exec(received);
      if (found) {
        received = received.slice(found.index + found[0].length);
        return found[0];
      }
      await once(socket, 'data', { signal }).catch(() => {
        throw new Error(`no ${answer} after ${question}, but ${received}`);
      });
    }
  };
  const open = () =>
    ask(
      `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${server.domain}' version='1.0'>`,
      /<stream:features.*<\/stream:features>/s,
    );
  return {
    open,
    ask,
    login: async (username, password, resource) => {
      await open();
      const plain = Buffer.from(`\0${username}\0${password}`).toString('base64');
      await ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, /<success[^>]*>/);
      const features = await open();
      const wish = resource === undefined ? '' : `<resource>${resource}</resource>`;
      const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>${wish}</bind>`;
      await ask(`<iq type='set' id='bind'>${bind}</iq>`, /<iq .*<\/iq>/s);
      return features;
    },
    hear: (text) =>
      new Promise((resolve) => {
        let end = '';
        socket.on('data', (more: string) => {
          received = '';
          end += more;
          if (end.includes(text)) resolve();
          end = end.slice(-text.length);
        });
      }),
    request: (to, child) => {
      ids += 1;
      return ask(`<iq type='get' id='${ids}' to='${to}'>${child}</iq>`, /<iq .*<\/iq>/s);
    },
    message: (to) => ask(`<message to='${to}'><body>hello</body></message>`, /<message.*<\/message>/s),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
