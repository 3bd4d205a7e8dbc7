import type { ContainerDescription, Environment, ServiceDescription } from '../../src/demo/environment.ts';

/** A service of the stack `stage`, published as `NAME.stage.test`. */
export interface StageService {
  readonly name: string;
  readonly port: number;
  readonly containers: readonly ContainerDescription[];
  readonly labels?: Readonly<Record<string, string>>;
}

export function hostOf(service: string): string {
  return `${service}.stage.test`;
}

/** What Rancher's metadata says of these services. */
export function environmentOf(services: readonly StageService[]): Environment {
  return {
    stacks: [
      {
        name: 'stage',
        services: services.map(({ name, port, containers, labels = {} }): ServiceDescription => ({
          name,
          labels: {
            'traefik.enable': 'true',
            'traefik.domain': 'test',
            'traefik.port': String(port),
            ...labels,
          },
          containers,
        })),
      },
    ],
  };
}

/** Healthy containers for these servers. */
export function containersOf(
  servers: readonly { readonly name: string; readonly address: string }[],
): readonly ContainerDescription[] {
  return servers.map(({ name, address }) => ({ name, address }));
}
