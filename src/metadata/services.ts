import type { Finding, FindingCode, Severity } from '../model/finding.ts';
import { isSecretLabel, REDACTED } from '../model/secret.ts';
import type { Service } from '../model/service.ts';
import { jsonText, quote } from './error.ts';
import { readExternal } from './external.ts';
import { describeProblem, labelValueShape, labelsShape, serviceKeyShape, serviceShape } from './schema.ts';

/** A service whose containers were not looked at yet. */
export interface ParsedService extends Omit<Service, 'containers'> {
  /** As they came: objects, or names in version 2015-07-25. */
  readonly containers: readonly unknown[];
  /** As it came, to tell services of the same id apart. */
  readonly record: unknown;
}

/** The stack of services that have no readable name; no real one can be called so. */
const UNKNOWN_STACK = '?';

/**
 * The entries of `services`, one for each id. A malformed one keeps its id (`?/unnamed-1` where it has no readable name) and what labels can be
 * read, gets the finding `malformed-service` of severity `error`, and loses its containers: it is not routed, and nobody else suffers.
 * What says where an external service is loses only the entry that is wrong, with a warning. Of several with the same id one is used and gets a warning. rancher-metadata lists services in random order; no result depends on it.
 */
export function parseServices(records: readonly unknown[]): readonly ParsedService[] {
  const byId = new Map<string, ParsedService[]>();
  const unnamed: ParsedService[] = [];
  for (const record of records) {
    const service = parseService(record);
    const same = byId.get(service.id);
    if (service.stack === UNKNOWN_STACK) unnamed.push(service);
    else if (same === undefined) byId.set(service.id, [service]);
    else same.push(service);
  }
  const named = [...byId.values()].flatMap((same) => (same.length === 1 ? same : chooseOne(same)));
  return [...named, ...inOrder(unnamed).map(number)];
}

function parseService(record: unknown): ParsedService {
  const parsed = serviceShape.safeParse(record);
  if (!parsed.success) return malformed(record, describeProblem(parsed.error, record));
  const { stack_name: stack, name, kind, labels, health_check: healthCheck, containers } = parsed.data;
  const read = readLabels(labels ?? {});
  if (read.problem !== null) return malformed(record, read.problem);
  const external = kind === 'externalService' ? readExternal(record) : null;
  return {
    id: `${stack}/${name}`,
    stack,
    name,
    kind: kind ?? 'service',
    labels: read.labels,
    hasHealthCheck: healthCheck !== null && healthCheck !== undefined,
    external: external?.value ?? null,
    containers: containers ?? [],
    findings: (external?.problems ?? []).map(malformedExternal),
    record,
  };
}

/** A well-formed one if there is any. */
function chooseOne(same: readonly ParsedService[]): readonly ParsedService[] {
  const wellFormed = same.filter(({ findings }) => findings.length === 0);
  const [chosen] = inOrder(wellFormed.length > 0 ? wellFormed : same);
  if (chosen === undefined) return [];
  const warning = finding(
    'malformed-service',
    'warning',
    `The metadata has ${same.length} services named ${chosen.id} (upper and lower case may have been lost); only one is used. Rename the others.`,
  );
  return [{ ...chosen, findings: [...chosen.findings, warning] }];
}

function number(service: ParsedService, index: number): ParsedService {
  const name = `unnamed-${index + 1}`;
  return { ...service, id: `${UNKNOWN_STACK}/${name}`, name };
}

/** Sorted by what they say, which is the same in every order of the list. */
function inOrder(services: readonly ParsedService[]): readonly ParsedService[] {
  return services
    .map((service) => ({ service, said: jsonText(service.record) }))
    .sort((a, b) => (a.said < b.said ? -1 : 1))
    .map(({ service }) => service);
}

function malformedExternal(problem: string): Finding {
  return finding(
    'malformed-service',
    'warning',
    `The metadata of this external service is not as Rancher writes it: ${problem}. That entry is set aside.`,
  );
}

function malformed(record: unknown, problem: string): ParsedService {
  const key = serviceKeyShape.safeParse(record);
  const { stack_name: stack, name } = key.success ? key.data : { stack_name: UNKNOWN_STACK, name: '' };
  const labels = labelsShape.safeParse(record);
  return {
    id: `${stack}/${name}`,
    stack,
    name,
    kind: 'service',
    labels: labels.success ? readLabels(labels.data.labels ?? {}).labels : {},
    hasHealthCheck: false,
    external: null,
    containers: [],
    findings: [
      finding(
        'malformed-service',
        'error',
        `The metadata of this service is not as Rancher writes it: ${problem}. The service is set aside.`,
      ),
    ],
    record,
  };
}

const LISTS_WHO_MAY_COME_IN = /^traefik\.(?:[^.]+\.)?frontend\.auth(?:\.|$)/i;

/** Labels as text; null values are left out. Only a `traefik.*` label that is no text is a problem: others are not ours. */
function readLabels(record: Readonly<Record<string, unknown>>): {
  readonly labels: Readonly<Record<string, string>>;
  readonly problem: string | null;
} {
  const labels: Record<string, string> = {};
  let problem: string | null = null;
  for (const [label, raw] of Object.entries(record)) {
    // A list of no users lets nobody in, however it says that there are none.
    if (raw === null && LISTS_WHO_MAY_COME_IN.test(label)) labels[label] = '';
    if (raw === null || raw === undefined || label === '__proto__') continue;
    if (typeof raw === 'string') {
      labels[label] = raw;
      continue;
    }
    const value = labelValueShape.safeParse(raw);
    if (value.success) labels[label] = String(value.data);
    else if (/^traefik\./i.test(label))
      problem ??= `label ${label} is ${quotedValue(label, raw)}: expected text`;
  }
  return { labels, problem };
}

function quotedValue(label: string, value: unknown): string {
  return isSecretLabel(label) ? REDACTED : quote(value);
}

/** A finding about metadata, which concerns no label. */
export function finding(code: FindingCode, severity: Severity, message: string): Finding {
  return { code, severity, label: null, message };
}
