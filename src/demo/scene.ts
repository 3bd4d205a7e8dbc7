import type { Environment } from './environment.ts';

/** The host of the web-test service. */
export const HOST = 'web-test.proxy-test.local';

/** The state of the web-test service: how many containers, and which of them is ill. */
export interface Scene {
  readonly scale: number;
  readonly ill: number | null;
}

export function containerName(index: number): string {
  return `proxy-test-web-test-${index + 1}`;
}

/** The article's environment: `proxy-test/web-test`, and a service that shows what the dashboard says of a missing health check. */
export function environmentOf(
  { scale, ill }: Scene,
  port: number,
  addressOf: (index: number) => string,
): Environment {
  const labels = { 'traefik.enable': 'true', 'traefik.domain': 'local', 'traefik.port': String(port) };
  const containers = Array.from({ length: scale }, (_, index) => ({
    name: containerName(index),
    address: addressOf(index),
    healthState: index === ill ? 'unhealthy' : 'healthy',
  }));
  return {
    stacks: [
      {
        name: 'proxy-test',
        services: [
          { name: 'web-test', labels, containers },
          {
            name: 'no-check',
            labels,
            healthCheck: false,
            containers: [{ name: 'proxy-test-no-check-1', address: addressOf(0), healthState: null }],
          },
        ],
      },
    ],
  };
}
