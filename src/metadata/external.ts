import { isIP } from 'node:net';
import type { External } from '../model/service.ts';
import { byteOrder } from './byteOrder.ts';
import { quote } from './error.ts';
import { externalShape } from './schema.ts';

/** Where an external service is, and what of its metadata could not be used, in words. */
export interface ExternalReading {
  readonly value: External;
  readonly problems: readonly string[];
}

/**
 * What an `externalService` stands for. Rancher lets users give either addresses or a hostname; where both are there, addresses
 * count. A hostname that is an address is one. An entry that is malformed costs only itself.
 */
export function readExternal(record: unknown): ExternalReading {
  const { external_ips: ips, hostname } = externalShape.parse(record);
  const problems: string[] = [];
  const name = readName(hostname, problems);
  const given = isIP(name) === 0 ? readList(ips, problems) : [...readList(ips, problems), name];
  const addresses = given.flatMap((entry) => readAddress(entry, problems));
  return {
    value: {
      addresses: [...new Set(addresses)].sort(byteOrder),
      hostname: addresses.length > 0 || name === '' || isIP(name) !== 0 ? null : name,
    },
    problems: problems.sort(byteOrder),
  };
}

function readName(value: unknown, problems: string[]): string {
  if (typeof value === 'string') return value.trim().toLowerCase().replace(/\.$/, '');
  if (value !== null && value !== undefined) problems.push(`hostname is ${quote(value)}: expected a name`);
  return '';
}

function readList(value: unknown, problems: string[]): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value !== null && value !== undefined) {
    problems.push(`external_ips is ${quote(value)}: expected a list of IP addresses`);
  }
  return [];
}

function readAddress(entry: unknown, problems: string[]): readonly string[] {
  const address = typeof entry === 'string' ? entry.trim().toLowerCase() : '';
  if (isReachable(address)) return [address];
  problems.push(`external_ips has ${quote(entry)}: expected an IP address`);
  return [];
}

/** An address with a zone (`fe80::1%eth0`) cannot stand in a URL (WHATWG URL). */
export function isReachable(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%');
}
