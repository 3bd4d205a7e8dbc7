import { promises as dns } from 'node:dns';
import { byteOrder } from './byteOrder.ts';
import { isReachable } from './external.ts';

/** Where a name leads. */
export interface Answer {
  /** IP addresses of one family, each once, sorted; at least one. */
  readonly addresses: readonly string[];
  /** How long that holds; null where nobody says. */
  readonly ttlMs: number | null;
}

/** Resolves a host name; rejects with Node's error where it cannot. */
export type Lookup = (name: string) => Promise<Answer>;

export interface LookupOptions {
  /** The addresses of a name, of both families. */
  readonly addressesOf?: (name: string) => Promise<readonly string[]>;
  /** The DNS servers that are asked for the TTL, `address:port`; the system's by default. */
  readonly servers?: readonly string[];
  readonly ttlDeadlineMs?: number;
}

/** For the servers together. Nobody waits for a TTL longer than this. */
const TTL_DEADLINE_MS = 1_000;

/**
 * Resolves as every other program in the container does: by its hosts file, its search domains and its resolver, IPv4 where there is
 * one, else IPv6. That way (getaddrinfo) knows no TTLs, so the DNS is asked for them in parallel, and no answer is missed.
 */
export function systemLookup({
  addressesOf = systemAddresses,
  servers,
  ttlDeadlineMs = TTL_DEADLINE_MS,
}: LookupOptions = {}): Lookup {
  const resolver = new dns.Resolver({ timeout: ttlDeadlineMs, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  return async (name) => {
    const deadline = AbortSignal.timeout(ttlDeadlineMs);
    const ttls = isLocal(name)
      ? { ipv4: Promise.resolve(null), ipv6: Promise.resolve(null) }
      : {
          ipv4: leastTtl(resolver.resolve4(name, { ttl: true })),
          ipv6: leastTtl(resolver.resolve6(name, { ttl: true })),
        };
    const found = (await addressesOf(name)).filter(isReachable);
    const ipv4 = found.filter((address) => !address.includes(':'));
    const addresses = ipv4.length > 0 ? ipv4 : found;
    if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
    return {
      addresses: [...new Set(addresses)].sort(byteOrder),
      ttlMs: await Promise.race([ipv4.length > 0 ? ttls.ipv4 : ttls.ipv6, aborted(deadline)]),
    };
  };
}

async function systemAddresses(name: string): Promise<readonly string[]> {
  return (await dns.lookup(name, { all: true })).map(({ address }) => address);
}

/** No business of the DNS (RFC 6761 section 6.3). */
function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

async function leastTtl(asked: Promise<readonly { readonly ttl: number }[]>): Promise<number | null> {
  try {
    const ttls = (await asked).map(({ ttl }) => ttl);
    return ttls.length === 0 ? null : Math.min(...ttls) * 1000;
  } catch {
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
