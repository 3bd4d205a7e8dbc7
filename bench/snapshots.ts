import type { Snapshot } from '../src/model/service.ts';

/** A snapshot of so many published services of three healthy containers each, with loopback addresses. */
export function makeSnapshot(services: number): Snapshot {
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'example.local', 'traefik.port': '8080' };
  return {
    version: 'bench',
    localHostUuid: null,
    resolutions: {},
    services: Array.from({ length: services }, (_, index) => {
      const stack = `stack-${String(Math.floor(index / 100)).padStart(5, '0')}`;
      const name = `service-${String(index).padStart(6, '0')}`;
      return {
        id: `${stack}/${name}`,
        stack,
        name,
        kind: 'service',
        labels: { ...labels },
        hasHealthCheck: true,
        external: null,
        findings: [],
        containers: [1, 2, 3].map((number) => ({
          name: `${stack}-${name}-${number}`,
          state: 'running',
          healthState: 'healthy',
          address: `127.${(index >> 14) & 127}.${(index >> 6) & 255}.${(index & 63) * 4 + number}`,
          hostUuid: null,
        })),
      };
    }),
  };
}
