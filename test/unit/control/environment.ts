import type { DeriveSettings } from '../../../src/model/derivation.ts';
import type { Container, Service, Snapshot } from '../../../src/model/service.ts';
import { deriveSettings, snapshotWith } from '../../support/model.ts';

export const SETTINGS: DeriveSettings = deriveSettings();

export const PUBLISHED = {
  'traefik.enable': 'true',
  'traefik.domain': 'local',
  'traefik.port': '8080',
} as const;

/** A container as tests need it: running and healthy, but for what is given. */
export function containerOf(name: string, address: string | null, given: Partial<Container> = {}): Container {
  return { name, state: 'running', healthState: 'healthy', address, hostUuid: null, ...given };
}

/** A published service with a health check and no containers, but for what is given. */
export function serviceOf(id: string, given: Partial<Service> = {}): Service {
  const [stack = '', name = ''] = id.split('/');
  const usual = { kind: 'service', labels: PUBLISHED, hasHealthCheck: true, external: null };
  return { id, stack, name, ...usual, containers: [], findings: [], ...given };
}

export function snapshotOf(...services: readonly Service[]): Snapshot {
  return snapshotWith(services);
}

/** The services of the recorded environment that this room is about, by hand. */
export function recordedEnvironment(): Snapshot {
  const mixed = [
    containerOf('proxy-test-mixed-1', '127.42.110.1'),
    containerOf('proxy-test-mixed-2', '127.42.110.2', { healthState: 'unhealthy' }),
    containerOf('proxy-test-mixed-3', '127.42.110.3', { healthState: 'initializing' }),
    containerOf('proxy-test-mixed-4', '127.42.110.4', { state: 'stopped' }),
    containerOf('proxy-test-mixed-5', '127.42.110.5', { healthState: 'updating-healthy' }),
    containerOf('proxy-test-mixed-6', null, { state: 'starting', healthState: 'initializing' }),
  ];
  const webTest = [
    containerOf('proxy-test-web-test-1', '127.42.101.11'),
    containerOf('proxy-test-web-test-2', '127.42.102.12'),
    containerOf('proxy-test-web-test-3', '127.42.103.13'),
  ];
  const noCheck = [
    containerOf('proxy-test-no-check-1', '127.42.120.1', { healthState: null }),
    containerOf('proxy-test-no-check-2', '127.42.120.2', { healthState: null }),
  ];
  const external = { ...PUBLISHED, 'traefik.port': '80' };
  return snapshotOf(
    serviceOf('edge/ext-api', {
      kind: 'externalService',
      labels: external,
      external: { addresses: ['127.203.113.10', '127.203.113.11'], hostname: null },
    }),
    serviceOf('edge/ext-host', {
      kind: 'externalService',
      labels: {},
      hasHealthCheck: false,
      external: { addresses: [], hostname: 'localhost' },
    }),
    serviceOf('edge/web-alias', { kind: 'dnsService', labels: {}, hasHealthCheck: false }),
    serviceOf('proxy-test/idle', { hasHealthCheck: false }),
    serviceOf('proxy-test/mixed', { containers: mixed }),
    serviceOf('proxy-test/no-check', { hasHealthCheck: false, containers: noCheck }),
    serviceOf('proxy-test/traefik', {
      labels: { 'io.rancher.scheduler.global': 'true' },
      containers: [containerOf('proxy-test-traefik-1', '127.42.130.1')],
    }),
    serviceOf('proxy-test/web-test', { containers: webTest }),
  );
}
