import type { MetadataDocuments } from './records.ts';

/** The dated versions of rancher-metadata's API; `latest` is the last of them. */
export const METADATA_VERSIONS = ['2015-07-25', '2015-12-19', '2016-07-29'] as const;
export type MetadataVersion = (typeof METADATA_VERSIONS)[number];

/** Converts documents of version 2015-12-19 as rancher-metadata v0.10.4 does for its other versions. */
export function documentsOf(version: MetadataVersion, documents: MetadataDocuments): MetadataDocuments {
  if (version === '2015-12-19') return documents;
  const change = version === '2015-07-25' ? nameChildren : changeFor2016;
  const changeAll = (records: readonly unknown[]) => records.map((record) => change(record));
  return {
    services: changeAll(documents.services),
    containers: changeAll(documents.containers),
    stacks: changeAll(documents.stacks),
    hosts:
      version === '2015-07-25'
        ? documents.hosts
        : documents.hosts.map(({ hostId: _hostId, ...host }) => host),
    networks: documents.networks,
  };
}

/** 2015-07-25 lists the names of a service's containers and of a stack's services. */
function nameChildren(record: unknown): unknown {
  if (!isFields(record)) return record;
  const changed = { ...record };
  for (const field of ['containers', 'services']) {
    const children = record[field];
    if (Array.isArray(children))
      changed[field] = children.map((child: unknown) => (isFields(child) ? child['name'] : child));
  }
  return changed;
}

const LOWER_CASED = ['name', 'stack_name', 'service_name', 'primary_service_name'];

/** 2016-07-29 lower-cases names, binds ports to all addresses, and writes some empty lists as null. */
function changeFor2016(record: unknown): unknown {
  if (!isFields(record)) return record;
  const changed: Record<string, unknown> = { ...record };
  for (const field of LOWER_CASED) {
    const name = record[field];
    if (typeof name === 'string') changed[field] = name.toLowerCase();
  }
  for (const field of ['containers', 'services']) {
    const children = record[field];
    if (Array.isArray(children)) changed[field] = children.map(changeFor2016);
  }
  if (record['metadata_kind'] === 'service') {
    changed['links'] ??= {};
    changed['sidekicks'] = nullIfEmpty(record['sidekicks']);
  }
  if (record['metadata_kind'] === 'container') {
    const ports = nullIfEmpty(record['ports']);
    changed['ports'] = Array.isArray(ports)
      ? ports.map((port) => String(port).replace(/^[\d.]+:(?=\d+:)/, '0.0.0.0:'))
      : ports;
  }
  return changed;
}

const nullIfEmpty = (list: unknown): unknown => (Array.isArray(list) && list.length === 0 ? null : list);

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
