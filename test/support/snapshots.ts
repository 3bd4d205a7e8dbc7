import assert from 'node:assert/strict';
import { readSnapshot } from '../../src/metadata/snapshot.ts';
import type { Service } from '../../src/model/service.ts';
import { documentsIn } from './metadata.ts';

/** Reads a snapshot from documents in memory. */
export const read = (documents: Parameters<typeof documentsIn>[0]) => readSnapshot(documentsIn(documents));

/** A well-formed container as Rancher has it. */
export const container = (fields: object = {}) => ({
  name: 'web-1',
  state: 'running',
  health_state: 'healthy',
  primary_ip: '127.0.0.2',
  host_uuid: 'h1',
  ...fields,
});

/** A well-formed service as Rancher has it. */
export const service = (fields: object = {}) => ({
  stack_name: 'shop',
  name: 'web',
  kind: 'service',
  labels: { 'traefik.enable': 'true' },
  health_check: { port: 80 },
  containers: [container()],
  ...fields,
});

/** What becomes of a service with these fields. */
export async function onlyService(fields: object): Promise<Service> {
  const { services } = await read({ services: [service(fields)] });
  assert.equal(services.length, 1);
  return services[0]!;
}
