import { randomInt, randomUUID } from 'node:crypto';
import type { MetadataDocuments } from './records.ts';
import { documentsOf } from './versions.ts';
import type { MetadataVersion } from './versions.ts';

/** What rancher-metadata made of one reload: a new version, and the lists in a new random order. */
export interface Load {
  readonly version: string;
  /** The value at a path such as `['services', 'web-test', 'name']`; items of a list are found by index or name. */
  find(api: MetadataVersion, path: readonly string[], clientAddress: string): Found;
  /** The JSON of such a value; of whole documents it is made once. */
  json(api: MetadataVersion, path: readonly string[], value: unknown): Buffer;
}

/** `broken`: below a null value, where the real server crashes in its handler and drops the connection. */
export type Found =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'missing' }
  | { readonly kind: 'broken' };

export function createLoad(documents: MetadataDocuments): Load {
  const shuffled: MetadataDocuments = {
    ...documents,
    services: shuffle(documents.services),
    containers: shuffle(documents.containers),
    stacks: shuffle(documents.stacks),
  };
  const version = randomUUID();
  const roots = new Map<MetadataVersion, MetadataDocuments & { readonly version: string }>();
  const bodies = new Map<string, Buffer>();
  const rootOf = (api: MetadataVersion) => {
    const root = roots.get(api) ?? { ...documentsOf(api, shuffled), version };
    roots.set(api, root);
    return root;
  };
  return {
    version,
    find(api, path, clientAddress) {
      const root = rootOf(api);
      return walk(path[0] === 'self' ? { self: selfOf(root, clientAddress) } : root, path);
    },
    json(api, path, value) {
      const key = `${api}/${path.join('/')}`;
      const body = bodies.get(key) ?? Buffer.from(JSON.stringify(value));
      if (path.length === 1 && path[0] !== 'self') bodies.set(key, body);
      return body;
    },
  };
}

/** What rancher-metadata answers where JSON was not asked for: the keys of a map, the names of a list, a plain value. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item, index) => `${textOfItem(item, index)}\n`).join('');
  if (!isMap(value)) return value === null ? '' : JSON.stringify(value);
  return Object.keys(value)
    .sort()
    .map((key) => (typeof value[key] === 'object' && value[key] !== null ? `${key}/\n` : `${key}\n`))
    .join('');
}

function textOfItem(item: unknown, index: number): string {
  if (isMap(item)) return typeof item['name'] === 'string' ? `${index}=${item['name']}` : `${index}/`;
  return String(index);
}

function walk(root: unknown, path: readonly string[]): Found {
  let value: unknown = root;
  for (const key of path) {
    if (value === null) return { kind: 'broken' };
    const next: unknown = Array.isArray(value)
      ? (value[Number(key)] ?? value.find((item) => isMap(item) && item['name'] === key))
      : isMap(value) && Object.hasOwn(value, key)
        ? value[key]
        : undefined;
    if (next === undefined) return { kind: 'missing' };
    value = next;
  }
  return { kind: 'value', value };
}

/** Who asks is known by its address; an unknown one is told only of a host. */
function selfOf(documents: MetadataDocuments, clientAddress: string): Readonly<Record<string, unknown>> {
  const container = documents.containers.find((each) => isMap(each) && each['primary_ip'] === clientAddress);
  if (!isMap(container)) return { host: documents.hosts[0] ?? null };
  const named = (list: readonly unknown[], name: unknown, stack?: unknown) =>
    list.find(
      (each) => isMap(each) && each['name'] === name && (stack === undefined || each['stack_name'] === stack),
    ) ?? null;
  return {
    container,
    service: named(documents.services, container['service_name'], container['stack_name']),
    stack: named(documents.stacks, container['stack_name']),
    host: documents.hosts.find((host) => host['uuid'] === container['host_uuid']) ?? null,
  };
}

function shuffle(list: readonly unknown[]): readonly unknown[] {
  const shuffled = [...list];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
