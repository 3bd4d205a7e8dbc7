import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { HostMatch } from '../model/table.ts';
import { parseHost, readDomainHosts, readDomains } from './domain.ts';
import type { Publishing } from './enable.ts';
import { readHostMaker } from './hostName.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { splitList } from './list.ts';
import { parseHostMatch, type Parsed } from './pattern.ts';
import { MAX_ROUTES } from './rule.ts';
import { shown } from './shown.ts';

/** Of a long list of mistakes, the first are enough to see what is wrong. */
const MAX_FINDINGS = 10;

/**
 * Reads all labels that give hosts: `traefik.domain` (by `traefik.host.template`), and by OR `traefik.alias`, `traefik.alias.fqdn` and `traefik.domain.regexp`.
 * A bad entry costs only itself. None left refuses.
 */
export function readHosts(
  labels: LabelSet,
  service: { readonly stack: string; readonly name: string },
  publishing: Exclude<Publishing, 'no'>,
  settings: DeriveSettings,
): Understood<readonly HostMatch[]> {
  const maker = readHostMaker(labels, service, publishing, settings);
  if (maker.value === null) return { value: null, findings: maker.findings };
  const own = readDomainHosts(labels, maker.value, settings.defaultDomain);
  const domains = readDomains(labels, settings.defaultDomain);
  const more = [
    readList(labels, 'traefik.alias', (alias) =>
      domains.map((domain) => parseName(domain === '' ? alias : `${alias}.${domain}`)),
    ),
    readList(labels, 'traefik.alias.fqdn', (name) => [parseName(name)]),
    readList(labels, 'traefik.domain.regexp', (pattern) => [parseHostMatch(pattern)]),
  ];
  const hosts = [
    ...(own.value ?? []).map((host): HostMatch => ({ host, hostKind: 'exact' })),
    ...more.flatMap((read) => read.hosts),
  ];
  const findings = [
    ...maker.findings,
    ...own.findings,
    ...more.flatMap((read) => read.findings.slice(0, MAX_FINDINGS)),
  ];
  return { value: hosts.length === 0 ? null : hosts, findings };
}

function parseName(name: string): Parsed<HostMatch> {
  const host = parseHost(name);
  if (host !== null) return { value: { host, hostKind: 'exact' } };
  return { problem: `gives the host ${shown(name)}, which is not a valid name such as "www.example.com"` };
}

function readList(
  labels: LabelSet,
  name: string,
  parse: (entry: string) => readonly Parsed<HostMatch>[],
): { readonly hosts: readonly HostMatch[]; readonly findings: readonly Finding[] } {
  const label = labels.get(name);
  if (label === undefined) return { hosts: [], findings: [] };
  const hosts: HostMatch[] = [];
  const findings: Finding[] = [];
  for (const entry of new Set(splitList(label.value))) {
    if (hosts.length > MAX_ROUTES || findings.length > MAX_ROUTES) break;
    for (const parsed of parse(entry)) {
      if ('value' in parsed) hosts.push(parsed.value);
      else findings.push(invalid(label, entry, parsed.problem));
    }
  }
  return { hosts, findings };
}

function invalid(label: Label, entry: string, problem: string): Finding {
  const message = `${label.key} has ${shown(entry)}, which ${problem}; no host comes from it.`;
  return findingOf(label, 'invalid-label', 'error', message);
}
