import { isIP } from 'node:net';
import type { Finding } from '../model/finding.ts';
import type { Container, Service, Snapshot } from '../model/service.ts';
import { byteOrder } from './byteOrder.ts';
import { MetadataError, quote } from './error.ts';
import { connectionOf, hostAddresses, hostNetworks } from './hostNetwork.ts';
import type { Connection } from './hostNetwork.ts';
import { LocalHost } from './localHost.ts';
import {
  containerNameShape,
  containerOwnerShape,
  containerShape,
  describeProblem,
  listShape,
  versionShape,
} from './schema.ts';
import { finding, parseServices } from './services.ts';
import type { ParsedService } from './services.ts';

/** The parts of the metadata that we may need. */
export type DocumentName = 'version' | 'services' | 'containers' | 'hosts' | 'networks' | 'self/host';

/** Where a source keeps its documents. */
export interface Documents {
  /** The parsed JSON; undefined where the source has no such document. Throws `MetadataError`. */
  read(name: DocumentName): Promise<unknown>;
  /** For messages: the URL or the place in a file. */
  locate(name: DocumentName): string;
}

/** A container that has a well-formed record, and how it is connected where it has no address. */
interface ParsedContainer extends Container {
  readonly connection: Connection | null;
}

interface Draft {
  readonly service: ParsedService;
  readonly containers: readonly ParsedContainer[];
  readonly findings: readonly Finding[];
}

/**
 * Reads what is needed, and no more, into a snapshot: `version` and `services` always, `containers` where services only name them
 * (version 2015-07-25), `networks` and `hosts` where containers on a host's network have no address, `self/host` where somebody asks
 * for it. Names of external services are not resolved yet. Sorted by id and name in byte order. Throws `MetadataError`; one malformed service or container is set aside with a finding instead.
 */
export async function readSnapshot(
  documents: Documents,
  localHost = new LocalHost(false),
): Promise<Snapshot> {
  // Before the services: a version that comes later would claim that we have read what we have not.
  const version = await readVersion(documents);
  const list = await readList(documents, 'services');
  const services = parseServices(list);
  const recordOf = await containerLookup(documents, services);
  const drafts = services.map((service) => draft(service, recordOf));
  const addressOf = await hostNetworkAddresses(documents, drafts);
  return {
    version,
    services: drafts.map((each) => complete(each, addressOf)).sort((a, b) => byteOrder(a.id, b.id)),
    localHostUuid: await localHost.read(documents, services),
    resolutions: {},
  };
}

async function readVersion(documents: Documents): Promise<string> {
  const value = (await documents.read('version')) ?? '';
  const parsed = versionShape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MetadataError(
    'wrong-shape',
    documents.locate('version'),
    `is ${quote(value)}; a string was expected.`,
  );
}

async function readList(documents: Documents, name: DocumentName): Promise<readonly unknown[]> {
  const value = await documents.read(name);
  if (value === undefined && name === 'services') {
    throw new MetadataError('wrong-shape', documents.locate(name), 'is missing; a list was expected.');
  }
  const parsed = listShape.safeParse(value);
  if (parsed.success) return parsed.data ?? [];
  throw new MetadataError('wrong-shape', documents.locate(name), `is ${quote(value)}; a list was expected.`);
}

/** Finds the record of a container that its service only names. */
type ContainerLookup = (service: ParsedService, name: string) => unknown;

async function containerLookup(
  documents: Documents,
  services: readonly ParsedService[],
): Promise<ContainerLookup> {
  if (!services.some(({ containers }) => containers.some((entry) => typeof entry === 'string'))) {
    return () => undefined;
  }
  const records = new Map<string, unknown>();
  for (const record of await readList(documents, 'containers')) {
    const owner = containerOwnerShape.safeParse(record);
    if (!owner.success) continue;
    const { stack_name: stack, service_name: service, name } = owner.data;
    records.set(`${stack}/${service}/${name}`, record);
  }
  return (service, name) => records.get(`${service.id}/${name}`);
}

function draft(service: ParsedService, recordOf: ContainerLookup): Draft {
  const containers = new Map<string, ParsedContainer>();
  const findings: Finding[] = [];
  for (const entry of service.containers) {
    const record = typeof entry === 'string' ? recordOf(service, entry) : entry;
    const parsed = parseContainer(record, entry);
    if (typeof parsed === 'string') {
      findings.push(malformedContainer(parsed));
      continue;
    }
    const same = containers.get(parsed.name);
    if (same !== undefined) findings.push(malformedContainer(`two are named ${quote(parsed.name)}`));
    // Whichever is listed first: the list's order is random.
    if (same === undefined || JSON.stringify(parsed) < JSON.stringify(same))
      containers.set(parsed.name, parsed);
  }
  return { service, containers: [...containers.values()], findings: findings.sort(byMessage) };
}

/** A container, or what is wrong with it. `entry` is what its service lists: the record itself, or its name. */
function parseContainer(record: unknown, entry: unknown): ParsedContainer | string {
  if (record === undefined) return `the list of containers has none of this service named ${quote(entry)}`;
  const parsed = containerShape.safeParse(record);
  if (!parsed.success) return `in ${quote(nameOf(record))} ${describeProblem(parsed.error, record)}`;
  const { name, state, health_state: healthState, primary_ip: primaryIp, host_uuid: hostUuid } = parsed.data;
  if (primaryIp && (isIP(primaryIp) === 0 || primaryIp.includes('%'))) {
    return `in ${quote(name)} primary_ip is ${quote(primaryIp)}: expected an IP address`;
  }
  return {
    name,
    state: state ?? '',
    healthState: healthState || null,
    address: primaryIp || null,
    hostUuid: hostUuid || null,
    connection: primaryIp ? null : connectionOf(record),
  };
}

function nameOf(record: unknown): unknown {
  const named = containerNameShape.safeParse(record);
  return named.success ? named.data.name : record;
}

function malformedContainer(problem: string): Finding {
  return finding(
    'malformed-container',
    'error',
    `The metadata of a container is not as Rancher writes it: ${problem}. It is set aside.`,
  );
}

async function hostNetworkAddresses(
  documents: Documents,
  drafts: readonly Draft[],
): Promise<(container: ParsedContainer) => string | null> {
  const open = drafts.flatMap(({ containers }) =>
    containers.filter(({ connection }) => connection !== null && connection !== 'elsewhere'),
  );
  if (open.length === 0) return () => null;
  const undecided = open.some(({ connection }) => connection !== 'host');
  const networks = undecided ? hostNetworks(await readList(documents, 'networks')) : new Set<string>();
  const isOnHost = ({ connection }: ParsedContainer) =>
    connection === 'host' || (typeof connection === 'object' && networks.has(connection?.networkUuid ?? ''));
  if (!open.some(isOnHost)) return () => null;
  const addresses = hostAddresses(await readList(documents, 'hosts'));
  return (container) =>
    isOnHost(container) && container.hostUuid !== null ? (addresses.get(container.hostUuid) ?? null) : null;
}

function complete(
  { service, containers, findings }: Draft,
  addressOf: (container: ParsedContainer) => string | null,
): Service {
  const { id, stack, name, kind, labels, hasHealthCheck, external } = service;
  return {
    id,
    stack,
    name,
    kind,
    labels,
    hasHealthCheck,
    external,
    containers: containers
      .map(({ connection, ...container }) =>
        container.address !== null
          ? container
          : { ...container, address: addressOf({ connection, ...container }) },
      )
      .sort((a, b) => byteOrder(a.name, b.name)),
    findings: [...service.findings, ...findings],
  };
}

const byMessage = (a: Finding, b: Finding): number => byteOrder(a.message, b.message);
