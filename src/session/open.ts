/** From a JID to an open session. Each step works or ends in an error that says which it was. */
import type { Jid } from '../xmpp/jid.ts';
import type { Element } from '../xmpp/xml.ts';
import { abortable } from './abort.ts';
import { bind } from './bind.ts';
import { authenticate, type Credentials } from './sasl/authenticate.ts';
import { type OpenOptions, openedFeatures, openStream, type SecuredStream } from './secured-stream.ts';
import type { OpenSession } from './session.ts';

/** What a login that only proves the password has seen. */
export interface ProvedLogin {
  readonly jid: Jid;
  readonly mechanism: string;
  /** The key of the server's certificate, where --trust-on-first-use asked for it. */
  readonly pin: string | undefined;
}

/** Opens a session as `jid`: logged in, bound to a random resource, with stream management where the server has it. */
export async function openSession(jid: Jid, credentials: Credentials, options: OpenOptions): Promise<OpenSession> {
  const secured = await openStream(options, jid.local === undefined ? undefined : jid.bare);
  const { stream } = secured;
  return await abortable(stream, options.signal, async () => {
    const features = await login(secured, jid, credentials, options);
    return await bind(stream, features, jid, options);
  });
}

/** Logs in, and out again. */
export async function proveLogin(jid: Jid, credentials: Credentials, options: OpenOptions): Promise<ProvedLogin> {
  let pin: string | undefined;
  const onFirstUse = (seen: string): void => {
    pin = seen;
  };
  const trust = options.trust.onFirstUse ? { ...options.trust, onFirstUse } : options.trust;
  const secured = await openStream({ ...options, trust }, jid.bare);
  const mechanism = await abortable(secured.stream, options.signal, () =>
    authenticate(secured.stream, secured.socket, secured.features, credentials),
  );
  secured.stream.restart();
  await abortable(secured.stream, options.signal, () => openedFeatures(secured.stream, options.domain, jid.bare));
  await secured.stream.close();
  return { jid, mechanism, pin };
}

async function login(
  secured: SecuredStream,
  jid: Jid,
  credentials: Credentials,
  options: OpenOptions,
): Promise<Element> {
  const { stream, socket, features } = secured;
  const mechanism = await authenticate(stream, socket, features, credentials);
  options.verbose(`logged in with ${mechanism}`);
  stream.restart();
  return await openedFeatures(stream, options.domain, jid.local === undefined ? undefined : jid.bare);
}
