import { BlockList, isIP } from 'node:net';

/** An address as it is compared and shown: IPv4-mapped IPv6 (`::ffff:a.b.c.d`) counts as IPv4, zone ids are dropped. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const plain = address.replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
}

/** Builds the test for peers whose forwarded fields are believed. `cidrs` were checked by the configuration. */
export function trustOf(cidrs: readonly string[]): (peer: string) => boolean {
  if (cidrs.length === 0) return () => false;
  const trusted = listOf(cidrs);
  return (peer) => contains(trusted, peer);
}

/**
 * The client that a trusted peer forwards for, by the values of its `X-Forwarded-For` fields: each balancer on the way has added
 * whom it was asked by, so it is the last one that is not trusted, or else the first. Beyond what is no address nothing is believed.
 */
export function clientAmong(
  values: readonly string[],
  peer: string,
  isTrusted: (address: string) => boolean,
): string {
  let client = peer;
  for (const member of values.join(',').split(',').reverse()) {
    const address = plainAddress(withoutPort(member.trim()));
    if (isIP(address) === 0) break;
    client = address;
    if (!isTrusted(address)) break;
  }
  return client;
}

/** Some balancers write `a.b.c.d:port` or `[v6]:port`. */
function withoutPort(member: string): string {
  const [, v6, v4] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(member) ?? [];
  return v6 ?? v4 ?? member;
}

const PRIVATE = listOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]);

/** Whether the peer's address is one that a balancer in front of us would have. */
export function isPrivate(peer: string): boolean {
  return contains(PRIVATE, peer);
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

function contains(list: BlockList, peer: string): boolean {
  const version = isIP(peer);
  return version !== 0 && list.check(peer, version === 6 ? 'ipv6' : 'ipv4');
}
