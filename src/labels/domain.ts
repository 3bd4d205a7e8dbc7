import { domainToASCII } from 'node:url';
import type { Finding } from '../model/finding.ts';
import type { HostMaker } from './hostName.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { splitList } from './list.ts';
import { MAX_ROUTES } from './rule.ts';
import { shown } from './shown.ts';

/** A name as DNS carries it, in lower case (RFC 1123, and `_`, which many use), but for its length. */
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const MAX_NAME_LENGTH = 253;

/** ASCII characters that no name has; `domainToASCII` would decode, cut or map some of them. */
const NOT_IN_NAMES = /[^\w.\-\u0080-\uffff]/;

const NEEDS_IDNA = /[^\0-\x7f]|(?:^|\.)xn--/;

/** Of a long list of mistakes, the first are enough to see what is wrong. */
const MAX_FINDINGS = 10;

/** Where domains come from, and how a finding names that. */
interface DomainList {
  readonly label: Label | null;
  readonly origin: string;
  readonly entries: readonly string[];
}

/** Reads `traefik.domain` (else the default domain) into hosts: lower case, unique, sorted. None left refuses. */
export function readDomainHosts(
  labels: LabelSet,
  maker: HostMaker,
  defaultDomain: string | null,
): Understood<readonly string[]> {
  const domains = findDomains(labels, defaultDomain);
  if (domains === null) return hostWithoutDomain(labels, maker);

  const hosts = new Set<string>();
  const findings: Finding[] = [];
  for (const entry of new Set(domains.entries)) {
    const domain = parseDomain(entry);
    const text = domain === null ? null : maker.hostUnder(domain);
    const host = text === null ? null : parseHost(text);
    if (host !== null) hosts.add(host);
    else
      findings.push(
        text === null
          ? invalidDomain(domains, entry)
          : invalidHost(maker.template ?? domains.label, domains.origin, text),
      );
  }
  return {
    value: hosts.size === 0 ? null : [...hosts].sort(),
    findings: findings.slice(0, MAX_FINDINGS),
  };
}

/** The domains that names are completed with; one empty where there is none. Those that are none are left out. */
export function readDomains(labels: LabelSet, defaultDomain: string | null): readonly string[] {
  const domains = findDomains(labels, defaultDomain);
  return domains === null ? [''] : domains.entries.flatMap((entry) => parseDomain(entry) ?? []);
}

/** A domain as it is matched: ASCII, lower case, without trailing dot; null where it cannot be one (wildcards, addresses, …). */
export function parseDomain(text: string): string | null {
  const domain = parseHost(text);
  // A last part in digits makes it an IPv4 address for every browser (WHATWG URL, "ends in a number").
  return domain === null || /(?:^|\.)\d+$/.test(domain) ? null : domain;
}

/** A host name as it is matched; null where it cannot be one. Unlike a domain it may be an IPv4 address. */
export function parseHost(text: string): string | null {
  // Nearly every name is as it should be; only an A-label must be looked at more closely.
  if (isHostName(text) && !text.includes('xn--')) return text;
  if (text.length > 1000 || NOT_IN_NAMES.test(text)) return null;
  const lowered = text.toLowerCase();
  const ascii = NEEDS_IDNA.test(lowered) ? domainToASCII(lowered) : lowered;
  const host = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  return isHostName(host) ? host : null;
}

function isHostName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && HOST_NAME.test(text);
}

function findDomains(labels: LabelSet, defaultDomain: string | null): DomainList | null {
  const label = labels.given('traefik.domain');
  const own = splitList(label?.value ?? '');
  // One more than may be is enough to refuse them all.
  if (label !== null && own.length > 0)
    return { label, origin: label.key, entries: [...new Set(own)].slice(0, MAX_ROUTES + 1) };
  const fallback = splitList(defaultDomain ?? '');
  return fallback.length === 0 ? null : { label: null, origin: 'LB_DEFAULT_DOMAIN', entries: fallback };
}

function hostWithoutDomain(labels: LabelSet, maker: HostMaker): Understood<readonly string[]> {
  const text = maker.hostUnder(null);
  const host = parseHost(text);
  if (host === null)
    return {
      value: null,
      findings: [invalidHost(maker.template, 'Its own name', text)],
    };
  if (!maker.needsDomain) return { value: [host], findings: [] };
  const subject = labels.segment === null ? 'the service' : 'a segment without hosts of its own';
  const message = `traefik.domain is not set and there is no default domain, so ${subject} answers to ${host} alone; set traefik.domain or LB_DEFAULT_DOMAIN.`;
  return {
    value: [host],
    findings: [{ code: 'domain-missing', severity: 'warning', label: 'traefik.domain', message }],
  };
}

function invalidDomain({ label, origin }: DomainList, entry: string): Finding {
  const message = `${origin} has ${shown(entry)}, which is not a domain name such as "example.com"; no host comes from it.`;
  return aboutDomains(label, message);
}

function invalidHost(label: Label | null, origin: string, host: string): Finding {
  const message = `${label?.key ?? origin} would give the host ${shown(host)}, which is not a valid name: parts of letters, digits, "-" and "_", at most 63 characters each and 253 together.`;
  return aboutDomains(label, message);
}

function aboutDomains(label: Label | null, message: string): Finding {
  return label === null
    ? { code: 'invalid-label', severity: 'error', label: null, message }
    : findingOf(label, 'invalid-label', 'error', message);
}
