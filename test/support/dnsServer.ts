import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { TestContext } from 'node:test';
import { cleanup } from './cleanup.ts';

/** An address with its TTL in seconds. */
export type DnsRecord = readonly [address: string, ttl: number];

export interface DnsServer {
  /** `127.0.0.1:port`, as `Resolver.setServers` takes it. */
  readonly address: string;
  /** `A name` or `AAAA name`, in order of arrival. */
  readonly questions: readonly string[];
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };

/** A DNS server on UDP at 127.0.0.1 that knows these names; null: it never answers about that one. Others do not exist. */
export async function startDnsServer(
  t: TestContext,
  names: Readonly<Record<string, readonly DnsRecord[] | null>>,
): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    questions.push(`${TYPES[type]} ${name}`);
    const records = names[name];
    if (records === null) return;
    const answers = (records ?? []).filter(([ip]) => TYPES[type] === (isIPv4(ip) ? 'A' : 'AAAA'));
    const head = Buffer.from(query.subarray(0, 12));
    // A response, recursion available; 3: no such name. One question, no authority, nothing additional.
    head.writeUInt16BE(0x8180 | (records === undefined ? 3 : 0), 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, query.subarray(12, end), ...answers.map(recordOf)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanup(t, () => new Promise<void>((resolve) => socket.close(resolve)));
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}

function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  // Servers may be asked in odd case (draft-vixie-dnsext-dns0x20).
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordOf([address, ttl]: DnsRecord): Buffer {
  const data = isIPv4(address)
    ? Buffer.from(address.split('.').map(Number))
    : // Only ::1 and its like.
      Buffer.concat([Buffer.alloc(15), Buffer.from([Number(address.replace('::', ''))])]);
  const record = Buffer.alloc(12);
  // The name of the question, type, class IN, TTL, length.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(data.length === 4 ? 1 : 28, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}
