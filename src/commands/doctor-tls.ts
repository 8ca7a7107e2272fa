/** What `doctor` sees once it is connected: TLS, its certificate, and the ways to log in. */
import { XmppctlError } from '../errors.ts';
import type { Endpoint } from '../session/endpoints.ts';
import type { Probe, SeenTls } from '../session/probe.ts';
import { type Check, examine, type Finding, skipped } from './checks.ts';
import type { Context } from './context.ts';

/** How long one server may take to shake hands. */
const handshakeMs = 8000;
const dayMs = 86_400_000;
/** Let's Encrypt renews 30 days before the end: what is due in half of that has been missed. */
const usualWarnDays = 14;

const advice = {
  tls: 'See whether the server serves this domain, and the port fits: --server xmpps://… for direct TLS, xmpp://… for STARTTLS.',
  sasl: 'The log of the server may say why.',
};

export interface TlsOptions {
  readonly warnDays: number | undefined;
}

interface SeenAt {
  readonly endpoint: Endpoint;
  readonly tls: SeenTls;
}

/** `xmpps://host:5223`. */
export const named = ({ host, port, directTls }: Endpoint): string =>
  `${directTls ? 'xmpps' : 'xmpp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Ends with whether a login can be tried. */
export async function* tlsChecks(
  probe: Probe,
  endpoints: readonly Endpoint[],
  { warnDays }: TlsOptions,
  ctx: Context,
): AsyncGenerator<Check, boolean> {
  const { row, value: seen } = await examine('tls', ctx, () => shakeHands(probe, endpoints), advice.tls);
  yield row;
  if (!seen) {
    yield* skipped(['sasl'], 'TLS failed');
    return false;
  }
  const checks = [
    await examine('chain', ctx, async () => chain(probe, seen)),
    await examine('name', ctx, async () => name(probe, seen)),
    await examine('expiry', ctx, async () => expiry(probe, seen, warnDays, ctx.clock.now())),
    await examine('pin', ctx, async () => pin(probe, seen)),
  ];
  if (seen.length > 0) yield* checks.map((check) => check.row);
  if (seen.length > 0 && checks.some((check) => check.row.status === 'fail')) {
    yield* skipped(['sasl'], 'the server is not trusted, so no command would log in');
    return false;
  }
  return yield* saslChecks(probe, ctx);
}

/** An empty list: the server has no TLS, and that is allowed. */
async function shakeHands(probe: Probe, endpoints: readonly Endpoint[]): Promise<Finding<readonly SeenAt[]>> {
  const outcomes = await Promise.allSettled(endpoints.map((endpoint) => probe.tls(endpoint, handshakeMs)));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  const value = endpoints.flatMap((endpoint, index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'fulfilled' && outcome.value ? [{ endpoint, tls: outcome.value }] : [];
  });
  if (outcomes.every((outcome) => outcome.status === 'rejected')) throw failure?.reason;
  if (value.length === 0) {
    const hint = 'Everybody on the way can read along. Turn on STARTTLS or direct TLS in the server.';
    return { status: 'warn', detail: 'none, which --insecure-no-tls allows', hint, value };
  }
  const words = value.map(
    ({ endpoint, tls }) => `${tls.protocol} ${endpoint.directTls ? 'direct' : 'by STARTTLS'} at ${named(endpoint)}`,
  );
  const detail = words.join(', ');
  if (failure)
    return {
      status: 'warn',
      detail: `${detail}; elsewhere: ${failure.reason instanceof Error ? failure.reason.message : ''}`,
      value,
    };
  return { detail, value };
}

const elsewhere = (seen: readonly SeenAt[], at: SeenAt): string =>
  seen.length > 1 ? ` (at ${named(at.endpoint)})` : '';

function chain({ pin, domain }: Probe, seen: readonly SeenAt[]): Finding {
  if (pin !== undefined) return { status: 'skip', detail: 'the pin is trusted instead of any CA' };
  const bad = seen.find(({ tls }) => tls.certificate.distrust !== undefined);
  if (!bad) return { detail: `issued by ${[...new Set(seen.map(({ tls }) => tls.certificate.issuer))].join(', ')}` };
  throw new XmppctlError(
    'insecure',
    `the certificate is not trusted: ${bad.tls.certificate.distrust}${elsewhere(seen, bad)}`,
    {
      hint: bad.tls.certificate.untimely
        ? `See the check expiry, and whether the clock of this machine is right. To trust the key whatever the date: --pin ${bad.tls.pin}.`
        : `If ${domain} is yours: install the full chain, or use --ca-file FILE or --pin ${bad.tls.pin}.`,
    },
  );
}

function name({ pin, domain }: Probe, seen: readonly SeenAt[]): Finding {
  if (pin !== undefined) return { status: 'skip', detail: 'the pin is trusted instead of any name' };
  const bad = seen.find(({ tls }) => tls.certificate.otherName !== undefined);
  if (!bad) return { detail: `the certificate is for ${domain}` };
  const { otherName } = bad.tls.certificate;
  throw new XmppctlError(
    'insecure',
    `the certificate is not for ${domain} but for ${otherName}${elsewhere(seen, bad)}`,
    {
      hint: `The server needs a certificate with the name ${domain}, that of the JIDs, whatever host it runs on.`,
    },
  );
}

/** The certificate that ends first. A pinned key is trusted whatever the date, so that its end is no failure. */
function expiry({ pin }: Probe, seen: readonly SeenAt[], warnDays: number | undefined, now: Date): Finding {
  const [first] = [...seen].sort((a, b) => a.tls.certificate.validTo.getTime() - b.tls.certificate.validTo.getTime());
  if (!first) return { status: 'skip', detail: 'no certificate' };
  const { validTo } = first.tls.certificate;
  const days = Math.floor((validTo.getTime() - now.getTime()) / dayMs);
  const date = validTo.toISOString().slice(0, 10);
  const hint = 'Renew the certificate, and see that the server loads the new one.';
  if (days < 0 && pin === undefined) {
    throw new XmppctlError('insecure', `the certificate expired on ${date}${elsewhere(seen, first)}`, { hint });
  }
  const detail = days < 0 ? `expired on ${date}` : `${days} days left, until ${date}${elsewhere(seen, first)}`;
  return days < (warnDays ?? usualWarnDays) ? { status: 'warn', detail, hint } : { detail };
}

function pin({ pin: expected }: Probe, seen: readonly SeenAt[]): Finding {
  const pins = [...new Set(seen.map(({ tls }) => tls.pin))];
  if (expected === undefined) return { detail: pins.join(', ') };
  const other = pins.find((one) => one !== expected);
  if (other === undefined) return { detail: `${expected}, as pinned` };
  throw new XmppctlError('insecure', `the server's key is not the pinned one: expected ${expected}, got ${other}`, {
    hint: 'If its operator has changed the key: check the new one with them, and use it as --pin.',
  });
}

async function* saslChecks(probe: Probe, ctx: Context): AsyncGenerator<Check, boolean> {
  const { row, value: features } = await examine(
    'sasl',
    ctx,
    async () => {
      const seen = await probe.features();
      return { ...sasl(seen.mechanisms, probe.allowsPlain), value: seen };
    },
    advice.sasl,
  );
  yield row;
  if (!features) return false;
  const plus = features.mechanisms.some((mechanism) => mechanism.endsWith('-PLUS'));
  const binding = await examine('channel-binding', ctx, async () => {
    if (plus && features.binding !== undefined) return { detail: features.binding };
    const detail = plus ? 'offered, but without a type that works here (XEP-0440)' : 'the server has none';
    return { status: 'warn', detail, hint: 'With it, nobody who gets hold of a certificate could pass a login on.' };
  });
  yield binding.row;
  return true;
}

function sasl(mechanisms: readonly string[], allowsPlain: boolean): Finding {
  const list = mechanisms.join(', ') || 'none';
  if (mechanisms.some((mechanism) => mechanism.startsWith('SCRAM-SHA-'))) return { detail: list };
  if (!mechanisms.includes('PLAIN')) {
    throw new XmppctlError('insecure', `the server offers no way to log in that xmppctl accepts (${list})`, {
      hint: 'It needs SCRAM-SHA-1 or better.',
    });
  }
  const hint = 'PLAIN shows the server the password: use --allow-plain only if you trust it with that.';
  if (!allowsPlain) throw new XmppctlError('insecure', `the server only offers PLAIN (${list})`, { hint });
  return { status: 'warn', detail: list, hint };
}
