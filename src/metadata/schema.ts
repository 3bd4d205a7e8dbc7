import { z } from 'zod';
import { quote } from './error.ts';

/**
 * The shapes of rancher-metadata, in all its versions, as far as we use them. Whatever is not named here may be anything, and any
 * field may be null (Rancher's own habit), but for the names that make a key.
 */

const text = z.string().nullish();

/** A part of the key `stack/name`: what the slash separates cannot hold one. */
const keyPart = z.string().regex(/^[^/?][^/]*$/, 'expected a name without a slash');

/** The version of the metadata: a random string. */
export const versionShape = z.string();

/** `services`, `containers`, `hosts`, `networks`. Go writes an empty list as null. */
export const listShape = z.array(z.unknown()).nullish();

/** A file that is a source: documents by name. */
export const recordingShape = z.record(z.string(), z.unknown());

/** What identifies a service; all that is asked of one to be shown by its name. */
export const serviceKeyShape = z.object({ stack_name: keyPart, name: keyPart });

export const serviceShape = z.object({
  stack_name: keyPart,
  name: keyPart,
  kind: text,
  labels: z.record(z.string(), z.unknown()).nullish(),
  health_check: z.object({}).nullish(),
  /** Objects; in version 2015-07-25 names. Each is checked alone. */
  containers: listShape,
});

/** What says where an external service is. Each entry is checked alone. */
export const externalShape = z.object({
  external_ips: z.unknown().optional(),
  hostname: z.unknown().optional(),
});

export const labelsShape = z.object({ labels: serviceShape.shape.labels });

/** A label as Rancher has it; numbers and booleans come from files that people wrote. */
export const labelValueShape = z.union([z.string(), z.number(), z.boolean()]);

export const containerShape = z.object({
  name: z.string().min(1),
  state: text,
  health_state: text,
  primary_ip: text,
  host_uuid: text,
});

/** All that is asked of a malformed container to be called by its name. */
export const containerNameShape = z.object({ name: containerShape.shape.name });

/** What says to which service a container of version 2015-07-25 belongs; a standalone one says null. */
export const containerOwnerShape = z.object({
  name: z.string(),
  service_name: z.string(),
  stack_name: z.string(),
});

/** What says how a container without an address is connected. */
export const containerNetworkShape = z.object({
  network_uuid: text,
  network_from_container_uuid: text,
  labels: z.record(z.string(), z.unknown()).nullish(),
});

export const networkShape = z.object({ uuid: z.string(), name: z.string() });

/** What is used of `/self/host`. */
export const hostIdentityShape = z.object({ uuid: z.string().min(1) });

export const hostShape = z.object({ uuid: z.string(), agent_ip: z.string() });

/** The first thing wrong, in words: `containers is {"a":1}: expected array, received object`. */
export function describeProblem(error: z.ZodError, value: unknown): string {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const expected = (issue?.message ?? 'something else expected').replace(/^Invalid input: /, '');
  return `${path.length === 0 ? 'it' : path.join('.')} is ${quote(path.reduce(at, value))}: ${expected}`;
}

function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
