/** The ways to prove who we are, and the choice among them: the strongest that both sides have. */
import type { Socket } from 'node:net';
import { XmppctlError } from '../../errors.ts';
import { channelBinding } from './channel-binding.ts';
import { Scram, type ScramHash } from './scram.ts';

export interface Credentials {
  /** undefined: log in as nobody in particular (SASL ANONYMOUS). */
  readonly username: string | undefined;
  readonly password: () => Promise<string>;
  /** PLAIN over verified TLS. */
  readonly allowPlain: boolean;
  /** Milliseconds that the login may still take. */
  left?(): number;
}

/** One way to prove who we are: what to say first, and what to each challenge. */
export interface Mechanism {
  readonly name: string;
  readonly first: string | Buffer;
  answer(challenge: string): Promise<string>;
  /** The server said success, with these data if any; throws if it has not proved itself. */
  finish(data: Buffer | undefined): void;
}

/** What is on offer: the names, and the channel binding types (XEP-0440). */
export interface Offered {
  readonly mechanisms: readonly string[];
  readonly bindings: readonly string[];
}

/** From strong to weak. */
export const mechanismOrder: readonly string[] = [
  'SCRAM-SHA-512-PLUS',
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-512',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1',
  'PLAIN',
];

/** The one of those names that a login with a password uses; `canBind`: whether it has a channel binding. */
export const bestMechanism = (names: readonly string[], canBind: boolean): string | undefined =>
  mechanismOrder.find((name) => names.includes(name) && (canBind || !name.endsWith('-PLUS')));

/**
 * The best that both have; `noPlain` says why PLAIN is out of the question, whatever was allowed. Throws insecure, config
 * (characters that SASL does not allow) or noperm.
 */
export async function chooseMechanism(
  socket: Socket,
  offered: Offered,
  credentials: Credentials,
  noPlain?: string,
): Promise<Mechanism> {
  const { mechanisms, bindings } = offered;
  const { username } = credentials;
  if (username === undefined) return anonymous(mechanisms);

  const binding = channelBinding(socket, bindings);
  const name = await saslPrep(username);
  const best = bestMechanism(mechanisms, binding !== undefined);
  const [, hash, plus] = /^SCRAM-(SHA-\d+)(-PLUS)?$/.exec(best ?? '') ?? [];
  if (best && hash) {
    // 'y' tells the server that we saw no -PLUS on offer, so that it notices when somebody took it out.
    const flag = mechanisms.some((mechanism) => mechanism.endsWith('-PLUS')) ? 'n' : 'y';
    const password = await saslPrep(await credentials.password());
    const left = credentials.left?.bind(credentials);
    const scram = new Scram({
      hash: hash as ScramHash,
      username: name,
      password,
      binding: (plus && binding) || flag,
      ...(left && { left }),
    });
    return scramMechanism(best, scram);
  }
  if (best === undefined) {
    const list = mechanisms.join(', ') || 'none';
    throw new XmppctlError('insecure', `the server offers no login method that xmppctl accepts (${list})`);
  }
  if (!credentials.allowPlain || noPlain !== undefined) {
    throw new XmppctlError('insecure', 'the server only offers PLAIN, which would show it the password', {
      hint: noPlain ?? 'Use --allow-plain if you trust this server with your password.',
    });
  }
  return silent('PLAIN', `\0${name}\0${await saslPrep(await credentials.password())}`);
}

const scramMechanism = (name: string, scram: Scram): Mechanism => ({
  name,
  first: scram.first(),
  answer: (challenge) => scram.final(challenge),
  finish: (data) => scram.verify(data?.toString('utf8') ?? ''),
});

function anonymous(mechanisms: readonly string[]): Mechanism {
  if (mechanisms.includes('ANONYMOUS')) return silent('ANONYMOUS', '');
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
