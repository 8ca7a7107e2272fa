import { XmppctlError } from '../errors.ts';
import { defineCommand, flag, option, optionalPositional, type Values } from '../grammar/command.ts';
import { integer, jid } from '../grammar/values.ts';
import type { Jid } from '../xmpp/jid.ts';
import { type Check, examine, skipped } from './checks.ts';
import type { Context } from './context.ts';
import { loginChecks, secretChecks } from './doctor-account.ts';
import { networkChecks } from './doctor-network.ts';

const args = {
  domain: optionalPositional(jid('none', 'DOMAIN'), 'check this server, without logging in; default: the account'),
  warnDays: option(integer(0, 3650), 'exit status 1 when the certificate ends in fewer than N days', {
    description: 'Without it, fewer than 14 days are a warning, which does not change the exit status.',
  }),
  cron: flag('look for the password as cron would, and show the line for crontab'),
};
type DoctorArgs = Values<typeof args>;

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'check step by step what would make a command fail',
  description:
    'Makes every step of a command on its own: finding the server (SRV), connecting over IPv4 and IPv6, TLS, the certificate (chain, name, end, ' +
    'key for --pin), ways to log in, keychain and password, login, and what the server offers after it. A check that fails does ' +
    'not stop those that do not need it. With DOMAIN it checks what can be known without logging in.\n\n' +
    'The exit status is 0 if nothing failed, else that of the first check that did: 68 for a name that does not exist, 75 for a server ' +
    'that does not answer, 80 for a certificate that is not trusted, 78 for a password that is not to be had, 77 for one that is wrong. With --warn-days ' +
    'it is 1 when all is well but the certificate will end soon. Warnings alone leave it at 0.',
  args,
  shared: 'connecting',
  yields: 'list',
  fields: [
    { key: 'check', summary: 'what was checked', type: 'string' },
    { key: 'status', summary: 'ok, warn, fail, or skip where there was nothing to check', type: 'string' },
    { key: 'detail', summary: 'what was found', type: 'string' },
    { key: 'hint', summary: 'what can be done about it', type: 'string' },
    { key: 'ms', summary: 'how long it took, in milliseconds', type: 'number' },
  ],
  line: ({ check, status, detail, hint, ms }: Check) => [
    `${status.padEnd(4)}  ${check.padEnd(16)}  ${`${ms} ms`.padStart(8)}`,
    hint === null ? detail : `${detail}${status === 'ok' ? ':' : '.'} ${hint}`,
  ],
  examples: [
    ['xmppctl doctor', 'the account, from DNS to its services'],
    [
      'xmppctl doctor example.org --warn-days 20 --quiet >/dev/null',
      'monitoring: 0 is well, 1 renew soon, more is broken',
    ],
    ['xmppctl doctor --cron', 'whether cron can log in, and the line to paste'],
    ['xmppctl doctor example.org --json | jq -r \'.[] | select(.check == "pin").detail\'', 'the key for --pin'],
  ],
  fails: ['negative', 'unavailable', 'nohost', 'tempfail', 'protocol', 'noperm', 'config', 'insecure'],
  check({ domain, cron }) {
    if (domain?.local !== undefined) {
      throw new XmppctlError('usage', `${domain.bare} is not a domain`, {
        hint: `To check an account: --account ${domain.bare}.`,
      });
    }
    if (domain && cron) throw new XmppctlError('usage', '--cron is about an account: leave DOMAIN out');
  },
  async *run(args, ctx) {
    const checks: Check[] = [];
    for await (const check of args.domain ? serverChecks(args.domain, args, ctx) : accountChecks(args, ctx)) {
      checks.push(check);
      yield check;
    }
    throwVerdict(checks, args);
  },
});

/** Ends with whether a login can be tried. */
async function* serverChecks(target: Jid, args: DoctorArgs, ctx: Context): AsyncGenerator<Check, boolean> {
  const probe = await ctx.diagnosis.probe(target);
  return yield* networkChecks(probe, args, ctx);
}

async function* accountChecks(args: DoctorArgs, ctx: Context): AsyncGenerator<Check> {
  const { row, value: account } = await examine('account', ctx, async () => {
    const value = await ctx.account();
    return { detail: value.bare, value };
  });
  yield row;
  if (!account) return yield* skipped(['srv', 'tcp', 'tls', 'sasl', 'credentials', 'login'], 'no account');
  const reachable = yield* serverChecks(account, args, ctx);
  const password = yield* secretChecks(account, args.cron, ctx);
  if (reachable && password) yield* loginChecks(ctx);
  else yield* skipped(['login'], reachable ? 'no password' : 'the server cannot be used');
}

function throwVerdict(checks: readonly Check[], { warnDays }: DoctorArgs): void {
  const failed = checks.filter(({ status }) => status === 'fail');
  const [first] = failed;
  if (first?.error) {
    const names = failed.map(({ check }) => check).join(', ');
    throw new XmppctlError(first.error.kind, `${failed.length} of ${checks.length} checks failed: ${names}`);
  }
  const expiry = checks.find(({ check }) => check === 'expiry');
  if (warnDays !== undefined && expiry?.status === 'warn') throw new XmppctlError('negative', expiry.detail);
}
