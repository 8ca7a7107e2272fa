/** Logging in over a secured stream (RFC 6120 6): the strongest mechanism both sides have, one attempt. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../../errors.ts';
import { childElements, type Element, ns, xml } from '../../xmpp/xml.ts';
import type { XmlStream } from '../stream.ts';
import { channelBinding } from './channel-binding.ts';
import { saslFailure } from './failure.ts';
import { Scram, type ScramHash } from './scram.ts';

export interface Credentials {
  /** undefined: log in as nobody in particular (SASL ANONYMOUS). */
  readonly username: string | undefined;
  readonly password: () => Promise<string>;
  /** PLAIN over verified TLS. */
  readonly allowPlain: boolean;
}

/** One way to prove who we are: what to say first, and what to each challenge. */
export interface Mechanism {
  readonly name: string;
  readonly first: string;
  answer(challenge: string): Promise<string>;
  /** The server said success, with these data if any; throws if it has not proved itself. */
  finish(data: string | undefined): void;
}

const scramHashes: readonly ScramHash[] = ['SHA-512', 'SHA-256', 'SHA-1'];

/** Logs in; on return the stream must be restarted. Throws noperm, insecure, tempfail or protocol. */
export async function authenticate(
  stream: XmlStream,
  socket: Socket,
  features: Element,
  credentials: Credentials,
): Promise<string> {
  const mechanism = await chooseMechanism(socket, features, credentials);
  stream.writeElement(xml('auth', { xmlns: ns.sasl, mechanism: mechanism.name }, encode(mechanism.first)));
  let finished = false;
  for (;;) {
    const reply = await stream.expectElement();
    if (reply.is('failure', ns.sasl)) throw saslFailure(reply);
    const data = decode(reply.text());
    if (reply.is('challenge', ns.sasl) && !finished) {
      // RFC 6120 6.4.4: the server's last message may come as a challenge of its own, to be answered with nothing.
      const answer = isServerFinal(mechanism, data) ? '' : await mechanism.answer(data ?? '');
      if (answer === '') {
        mechanism.finish(data);
        finished = true;
      }
      stream.writeElement(xml('response', { xmlns: ns.sasl }, encode(answer, '')));
    } else if (reply.is('success', ns.sasl)) {
      if (!finished) mechanism.finish(data);
      return mechanism.name;
    } else throw new XmppctlError('protocol', `the server broke the protocol: <${reply.getName()}/> during login`);
  }
}

const isServerFinal = (mechanism: Mechanism, data: string | undefined): boolean =>
  mechanism.name.startsWith('SCRAM-') && /^[ve]=/.test(data ?? '');

/** What the features offer in SASL 1 (RFC 6120) and XEP-0440. */
export async function chooseMechanism(socket: Socket, features: Element, credentials: Credentials): Promise<Mechanism> {
  const list = features.getChild('mechanisms', ns.sasl);
  const offered = (list ? childElements(list) : []).map((mechanism) => mechanism.text().trim());
  const bindings = features.getChild('sasl-channel-binding', 'urn:xmpp:sasl-cb:0');
  const types = (bindings ? childElements(bindings) : []).map((binding) => binding.attrs.type ?? '');
  const { username } = credentials;
  if (username === undefined) return anonymous(offered);

  const binding = channelBinding(socket, types);
  const name = await saslPrep(username);
  const bound = scramHashes.find((hash) => binding && offered.includes(`SCRAM-${hash}-PLUS`));
  const hash = bound ?? scramHashes.find((candidate) => offered.includes(`SCRAM-${candidate}`));
  if (hash) {
    // 'y' tells the server that we saw no -PLUS on offer, so that it notices when somebody took it out.
    const flag = offered.some((mechanism) => mechanism.endsWith('-PLUS')) ? 'n' : 'y';
    const password = await saslPrep(await credentials.password());
    const scram = new Scram({ hash, username: name, password, binding: (bound && binding) || flag });
    return scramMechanism(bound ? `SCRAM-${hash}-PLUS` : `SCRAM-${hash}`, scram);
  }
  if (!offered.includes('PLAIN')) {
    throw new XmppctlError(
      'insecure',
      `the server offers no login method that xmppctl accepts (${offered.join(', ') || 'none'})`,
    );
  }
  if (!credentials.allowPlain) {
    throw new XmppctlError('insecure', 'the server only offers PLAIN, which would show it the password', {
      hint: 'Use --allow-plain if you trust this server with your password.',
    });
  }
  return silent('PLAIN', `\0${name}\0${await saslPrep(await credentials.password())}`);
}

const scramMechanism = (name: string, scram: Scram): Mechanism => ({
  name,
  first: scram.first(),
  answer: (challenge) => scram.final(challenge),
  finish: (data) => scram.verify(data ?? ''),
});

function anonymous(offered: readonly string[]): Mechanism {
  if (offered.includes('ANONYMOUS')) return silent('ANONYMOUS', '');
  throw new XmppctlError('noperm', 'the server allows no anonymous login', {
    hint: 'Give a JID with a name: alice@example.org.',
  });
}

/** A mechanism in which only the client speaks. */
const silent = (name: string, first: string): Mechanism => ({
  name,
  first,
  answer: async () => {
    throw new XmppctlError('protocol', `the server broke the protocol: it answered ${name} with a challenge`);
  },
  finish: () => {},
});

/** SASLprep (RFC 4013); its tables are loaded only for text that is not plain ASCII. Throws kind config. */
export async function saslPrep(text: string): Promise<string> {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const { saslprep } = await import('@mongodb-js/saslprep');
  try {
    return saslprep(text);
  } catch {
    throw new XmppctlError('config', 'the user name or password has characters that SASL does not allow');
  }
}

/** RFC 6120 6.4.2: an empty initial response is "=", an absent one nothing. */
const encode = (text: string, empty = '='): string => (text === '' ? empty : Buffer.from(text).toString('base64'));
const decode = (text: string): string | undefined =>
  text === '' || text === '=' ? undefined : Buffer.from(text, 'base64').toString('utf8');
