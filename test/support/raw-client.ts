/** A client made of a socket and regular expressions, to try the tests' own servers with. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export const HEADER = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`;
export const SASL = `xmlns='urn:ietf:params:xml:ns:xmpp-sasl'`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

export class Client {
  text = '';
  closed: Promise<string>;
  socket: Socket;
  #wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new StringDecoder('utf8');
    this.closed = new Promise((resolve) => {
      let why = 'end';
      socket.on('error', (error: NodeJS.ErrnoException) => {
        why = error.code ?? error.message;
      });
      socket.on('close', () => resolve(why));
    });
    socket.on('data', (data) => {
      this.text += decoder.write(data);
      this.#wake();
    });
  }

  static tcp(port: number): Client {
    return new Client(connectTcp(port, '127.0.0.1'));
  }

  static async tls(port: number, options: ConnectionOptions = {}): Promise<Client> {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...options });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return new Client(socket);
  }

  /** What has come up to and with the pattern; the rest stays. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match) {
        const end = match.index + match[0].length;
        const taken = this.text.slice(0, end);
        this.text = this.text.slice(end);
        return taken;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async say(text: string, answer: RegExp): Promise<string> {
    this.socket.write(text);
    return this.until(answer);
  }

  async scram(password: string, { mechanism = 'SCRAM-SHA-256', header = 'n,,', channel = Buffer.alloc(0) } = {}) {
    const hash = mechanism.startsWith('SCRAM-SHA-256') ? 'sha256' : 'sha1';
    const hmac = (key: Buffer, data: string) => createHmac(hash, key).update(data).digest();
    const bare = 'n=alice,r=abcdefghijklmnopqrst';
    const auth = `<auth ${SASL} mechanism='${mechanism}'>${base64(header + bare)}</auth>`;
    const challenge = await this.say(auth, /<\/challenge>|<\/failure>/);
    const first = Buffer.from(/>([^<]*)<\/challenge>/.exec(challenge)?.[1] ?? '', 'base64').toString();
    const [, nonce, salt = '', rounds] = /r=(.*),s=(.*),i=(.*)/.exec(first) ?? [];
    const c = Buffer.concat([Buffer.from(header), channel]).toString('base64');
    const message = `${bare},${first},c=${c},r=${nonce}`;
    const size = hash === 'sha256' ? 32 : 20;
    const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), size, hash);
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash(hash).update(clientKey).digest(), message);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64');
    const verifier = hmac(hmac(salted, 'Server Key'), message).toString('base64');
    const final = base64(`c=${c},r=${nonce},p=${proof}`);
    const outcome = await this.say(
      `<response ${SASL}>${final}</response>`,
      /<\/success>|<success [^>]*\/>|<\/failure>/,
    );
    return { outcome, verified: outcome.includes(base64(`v=${verifier}`)) };
  }

  async login(): Promise<void> {
    await this.say(HEADER, /<\/stream:features>/);
    if (!(await this.scram('secret')).verified) throw new Error('the server does not know the password');
    await this.say(HEADER, /<\/stream:features>/);
    const bind = `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>`;
    await this.say(`${bind}<enable xmlns='urn:xmpp:sm:3' resume='true'/>`, /<enabled [^>]*>/);
  }
}
