/** A DNS server on loopback (RFC 1035, 2782, UDP) for names that exist nowhere else. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface Srv {
  priority?: number;
  weight?: number;
  port: number;
  target: string;
}

/** A type that is not given has no records (NODATA); a name that is not given does not exist (NXDOMAIN). */
export interface Records {
  A?: readonly string[];
  AAAA?: readonly string[];
  SRV?: readonly Srv[];
}

/** Names, or names with a type: `_xmpp-client._tcp.example.test` or `AAAA example.test`. */
export interface Trouble {
  nxdomain?: readonly string[];
  servfail?: readonly string[];
  /** No answer at all. */
  silent?: readonly string[];
}

export interface DnsStub extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as in XMPPCTL_RESOLVER. */
  readonly address: string;
  /** `SRV _xmpp-client._tcp.example.test`, in the order they came. */
  readonly queries: readonly string[];
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' };
const NUMBERS = { A: 1, AAAA: 28, SRV: 33 } as const;
const SERVFAIL = 2;
const NXDOMAIN = 3;

export async function dnsStub(zone: Readonly<Record<string, Records>>, trouble: Trouble = {}): Promise<DnsStub> {
  const { nxdomain = [], servfail = [], silent = [] } = trouble;
  const known = new Map(Object.entries(zone).map(([name, records]) => [name.toLowerCase(), records]));
  const queries: string[] = [];
  const socket = createSocket('udp4');

  socket.on('message', (query, { port, address }) => {
    const { name, type, question } = readQuestion(query);
    queries.push(`${type} ${name}`);
    const among = (list: readonly string[]) => list.includes(name) || list.includes(`${type} ${name}`);
    if (among(silent)) return;
    const records = known.get(name);
    const missing = among(nxdomain) || records === undefined ? NXDOMAIN : 0;
    const code = among(servfail) ? SERVFAIL : missing;
    const answers = code === 0 && records ? encodeRecords(type, records) : [];
    socket.send(Buffer.concat([header(query, code, answers.length), question, ...answers]), port, address);
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));

  return {
    address: `127.0.0.1:${socket.address().port}`,
    queries,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { name: string; type: string; question: Buffer } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  return {
    name: labels.join('.').toLowerCase(),
    type: TYPES[type] ?? `TYPE${type}`,
    question: query.subarray(12, at + 5),
  };
}

/** Response, recursion desired as asked, recursion available; one question, no authority, no additional records. */
function header(query: Buffer, code: number, answers: number): Buffer {
  const flags = 0x8080 | (query.readUInt16BE(2) & 0x0100) | code;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers, 6);
  return head;
}

function encodeRecords(type: string, { A = [], AAAA = [], SRV = [] }: Records): Buffer[] {
  if (type === 'A') return A.map((address) => record(NUMBERS.A, Buffer.from(address.split('.').map(Number))));
  if (type === 'AAAA') return AAAA.map((address) => record(NUMBERS.AAAA, ipv6(address)));
  if (type === 'SRV') return SRV.map((srv) => record(NUMBERS.SRV, encodeSrv(srv)));
  return [];
}

/** The owner's name is a pointer to the question's; the answer may be kept for a minute. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeSrv({ priority = 0, weight = 0, port, target }: Srv): Buffer {
  const numbers = Buffer.alloc(6);
  [priority, weight, port].forEach((value, index) => {
    numbers.writeUInt16BE(value, index * 2);
  });
  const labels = target.split('.').filter((label) => label !== '');
  const name = labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]));
  return Buffer.concat([numbers, ...name, Buffer.of(0)]);
}

/** Two groups of hexadecimal numbers around one `::`, and zeros between them. */
function ipv6(address: string): Buffer {
  if (!isIPv6(address)) throw new TypeError(`not an IPv6 address: ${address}`);
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [front = [], back = []] = normal.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
