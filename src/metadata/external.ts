import { isIP } from 'node:net';
import type { External } from '../model/service.ts';
import { byteOrder } from './byteOrder.ts';

/** The fields of a service that say what is outside of Rancher. */
interface ExternalFields {
  readonly kind?: string | null | undefined;
  readonly external_ips?: readonly string[] | null | undefined;
  readonly hostname?: string | null | undefined;
}

/**
 * What an `externalService` stands for; null for other kinds. Rancher lets users give either addresses or a hostname; where
 * both are there, addresses count. A hostname that is an address is one.
 */
export function externalOf({ kind, external_ips: ips, hostname }: ExternalFields): External | null {
  if (kind !== 'externalService') return null;
  const name = (hostname ?? '').trim().toLowerCase().replace(/\.$/, '');
  const given = isIP(name) === 0 ? (ips ?? []) : [...(ips ?? []), name];
  const addresses = [...new Set(given.map((ip) => ip.trim()))].filter(isReachable).sort(byteOrder);
  return { addresses, hostname: addresses.length > 0 || name === '' ? null : name };
}

/** An address with a zone (`fe80::1%eth0`) cannot stand in a URL (WHATWG URL). */
function isReachable(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%');
}
