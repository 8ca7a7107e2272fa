/**
 * JIDs by RFC 7622. Two spellings of one address compare equal by `bare` because parts are normalised on the way in:
 * the local part is case-folded and NFC, the domain is its lower-case U-label form, the resource NFC.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { XmppctlError } from '../errors.ts';

export interface Jid {
  readonly local: string | undefined;
  /** U-labels, lower case, no trailing dot. */
  readonly domain: string;
  readonly resource: string | undefined;
  /** local@domain, or the domain alone. */
  readonly bare: string;
  /** With the resource where there is one. */
  readonly full: string;
}

const maxPartBytes = 1023;
/** What is longer is not even normalised: thousands of combining characters in a row would take seconds to put in order. */
const mostRawBytes = 2 * maxPartBytes;
const tooLong = 'a part of it is longer than 1,023 bytes';
/** RFC 7622 3.3.1 forbids these in the local part beside what the PRECIS IdentifierClass forbids. */
const forbiddenInLocal = /["&'/:<>@\s]/u;
/** Not in the PRECIS IdentifierClass (RFC 8264 4.2): all but letters, digits, marks and ASCII; default ignorables. */
const notIdentifier = (text: string): boolean =>
  /[^\x21-\x7e\p{L}\p{Mn}\p{Mc}\p{Nd}]|\p{Lt}|\p{Default_Ignorable_Code_Point}/u.test(text);
/** Letters that the IdentifierClass leaves out all the same: exceptions (RFC 5892 2.6) and old Hangul (RFC 8264 9.9). */
const isExcepted = (text: string): boolean =>
  /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u.test(text);
/** Letters of scripts that run from right to left beside those of others: they would change places (RFC 5893 2). */
const runsBothWays = (text: string): boolean => {
  const rest = text.replace(/[\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Adlm}]/gu, '');
  return rest !== text && /\p{L}/u.test(rest);
};
/** Not in the PRECIS FreeformClass: controls, surrogates, unassigned and default ignorables. */
const notFreeform = (text: string): boolean =>
  /[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/u.test(text);
/** What both classes take, for it is ASCII: most JIDs are, and setting up the tables of Unicode takes milliseconds. */
const isVisibleAscii = (text: string): boolean => /^[!-~]*$/.test(text);

/** Reads a JID; throws kind usage with what is wrong. */
export function parseJid(text: string): Jid {
  const jid = tryParseJid(text);
  if (typeof jid === 'string') {
    throw new XmppctlError('usage', `'${text}' is not a JID: ${jid}`, { hint: 'A JID looks like alice@example.org.' });
  }
  return jid;
}

/** Reads a JID that came from the network; undefined if it is none. */
export function readJid(text: string | undefined | null): Jid | undefined {
  if (text === undefined || text === null) return undefined;
  const jid = tryParseJid(text);
  return typeof jid === 'string' ? undefined : jid;
}

export function makeJid(local: string | undefined, domain: string, resource?: string): Jid {
  const bare = local === undefined ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === undefined ? bare : `${bare}/${resource}` };
}

export const withResource = (jid: Jid, resource: string): Jid => makeJid(jid.local, jid.domain, resource);
export const sameBare = (a: Jid | undefined, b: Jid | undefined): boolean => a !== undefined && a.bare === b?.bare;

/** The domain as DNS and certificates write it (A-labels). */
export const asciiDomain = (domain: string): string => domainToASCII(domain) || domain;

/** The JID with its domain in A-labels and other characters beyond ASCII percent-encoded; null if that is the JID itself. */
export function asciiJid(jid: Jid): string | null {
  const local = jid.local === undefined ? '' : `${encodeNonAscii(jid.local)}@`;
  const ascii = local + asciiDomain(jid.domain);
  return ascii === jid.bare ? null : ascii;
}

/** The same for a text; null as well if it is no JID. */
export function asciiJidOf(text: unknown): string | null {
  if (typeof text !== 'string' || /^[\x21-\x7e]*$/.test(text)) return null;
  const jid = readJid(text);
  return jid ? asciiJid(jid) : null;
}

function encodeNonAscii(text: string): string {
  return text.replace(/[^\x21-\x7e]+/gu, (part) => encodeURIComponent(part));
}

/** The JID, or what is wrong with the text. */
function tryParseJid(text: string): Jid | string {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const at = address.indexOf('@');
  const rawLocal = at < 0 ? undefined : address.slice(0, at);
  const rawDomain = at < 0 ? address : address.slice(at + 1);
  if (!text.isWellFormed()) return 'it is not valid Unicode';
  for (const raw of [rawLocal, rawDomain, slash < 0 ? undefined : text.slice(slash + 1)]) {
    if (raw !== undefined && Buffer.byteLength(raw) > mostRawBytes) return tooLong;
  }

  const local = rawLocal === undefined ? undefined : prepareLocal(rawLocal);
  if (local === '') return 'the part before @ is empty';
  if (local !== undefined && (forbiddenInLocal.test(local) || !isIdentifier(local))) {
    return 'the part before @ has a character that is not allowed there';
  }
  const domain = prepareDomain(rawDomain);
  if (domain === undefined) return rawDomain === '' ? 'the domain is missing' : 'the domain is not valid';
  const resource = slash < 0 ? undefined : text.slice(slash + 1).normalize('NFC');
  if (resource === '') return 'the resource after / is empty';
  if (resource !== undefined && !isVisibleAscii(resource) && notFreeform(resource))
    return 'the resource has a character that is not allowed';
  for (const part of [local, domain, resource]) {
    if (part !== undefined && Buffer.byteLength(part) > maxPartBytes) return tooLong;
  }
  return makeJid(local, domain, resource);
}

const isIdentifier = (local: string): boolean =>
  isVisibleAscii(local) || !(notIdentifier(local) || isExcepted(local) || hasCompatible(local) || runsBothWays(local));

/** Characters with a compatibility equivalent are not in the IdentifierClass either (RFC 8264 9.17): ﬁ looks like fi. */
const hasCompatible = (local: string): boolean => local.normalize('NFKC') !== local;

/** PRECIS UsernameCaseMapped (RFC 8265 3.3): width mapping, lower case, NFC. */
function prepareLocal(local: string): string {
  return local
    .replace(/[\uff01-\uff5e\u3000]/g, (wide) => wide.normalize('NFKC'))
    .toLowerCase()
    .normalize('NFC');
}

/** The last one again: the contacts of a list mostly have few domains, and IDNA takes its time. */
let last: { readonly domain: string; readonly prepared: string | undefined } | undefined;

function prepareDomain(domain: string): string | undefined {
  if (last?.domain !== domain) last = { domain, prepared: preparedDomain(domain) };
  return last.prepared;
}

function preparedDomain(domain: string): string | undefined {
  const trimmed = domain.endsWith('.') ? domain.slice(0, -1) : domain;
  if (/^\[[0-9a-f:.]+\]$/i.test(trimmed)) return trimmed.toLowerCase();
  if (trimmed === '' || /[\s/@:?#[\]\\%\0]/u.test(trimmed) || trimmed.startsWith('.') || trimmed.includes('..')) {
    return undefined;
  }
  const ascii = domainToASCII(trimmed);
  // It reads numbers as addresses: 127.1 is not another way to write 127.0.0.1 here.
  if (ascii !== trimmed && /^\d+(?:\.\d+){3}$/.test(ascii)) return undefined;
  if (ascii === '' || ascii.split('.').some((label) => label.length > 63)) return undefined;
  const unicode = domainToUnicode(ascii);
  // An A-label that stands for nothing, or for what is written without (RFC 5891 5.4). COMPAT(Node 24): it takes those too.
  if (domainToASCII(unicode) !== ascii || /(?:^|\.)xn--/.test(unicode)) return undefined;
  return unicode;
}
