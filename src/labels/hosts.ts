import type { Finding } from '../model/finding.ts';
import type { HostMatch } from '../model/table.ts';
import { parseHost, readDomainHosts, readDomains } from './domain.ts';
import type { Publishing } from './enable.ts';
import type { Label, LabelSet, Understood } from './label.ts';
import { splitList } from './list.ts';
import { parseHostMatch, type Parsed } from './pattern.ts';
import { shown } from './shown.ts';

/** Of a long list of mistakes, the first are enough to see what is wrong. */
const MAX_FINDINGS = 10;

/**
 * Reads all labels that give hosts: `traefik.domain`, and by OR `traefik.alias`, `traefik.alias.fqdn` and `traefik.domain.regexp`.
 * A bad entry costs only itself. None left refuses.
 */
export function readHosts(
  labels: LabelSet,
  service: { readonly stack: string; readonly name: string },
  publishing: Publishing,
  defaultDomain: string | null,
): Understood<readonly HostMatch[]> {
  const own = readDomainHosts(labels, service, publishing, defaultDomain);
  const domains = readDomains(labels, defaultDomain);
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
  const findings = [...own.findings, ...more.flatMap((read) => read.findings.slice(0, MAX_FINDINGS))];
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
    for (const parsed of parse(entry)) {
      if ('value' in parsed) hosts.push(parsed.value);
      else findings.push(invalid(label, entry, parsed.problem));
    }
  }
  return { hosts, findings };
}

function invalid({ key }: Label, entry: string, problem: string): Finding {
  const message = `${key} has ${shown(entry)}, which ${problem}; no host comes from it.`;
  return { code: 'invalid-label', severity: 'error', label: key, message };
}
