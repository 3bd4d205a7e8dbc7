/** What runs in a Rancher environment, told briefly: everything left out has the value that a healthy service would have. */
export interface Environment {
  readonly stacks: readonly StackDescription[];
  /** `agent_ip` of each host; one host by default. Whoever asks for `/self/host` runs on the first, but for containers. */
  readonly hosts?: readonly string[];
  /** Entries of `services` that are served as they are, e.g. to be malformed. */
  readonly rawServices?: readonly unknown[];
}

export interface StackDescription {
  readonly name: string;
  readonly services: readonly ServiceDescription[];
}

export interface ServiceDescription {
  readonly name: string;
  readonly kind?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether it defines a health check; true by default. Without, its containers have no health state. */
  readonly healthCheck?: boolean;
  readonly containers?: readonly ContainerDescription[];
  /** Makes it an `externalService`, which has no containers. */
  readonly external?: ExternalDescription;
  /** Fields as Rancher names them, written over all others. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** What an external service stands for: addresses, or a name. */
export interface ExternalDescription {
  readonly ips?: readonly string[];
  readonly hostname?: string;
}

export interface ContainerDescription {
  /** `STACK-SERVICE-N` by default. */
  readonly name?: string;
  /** Null: it has none yet. */
  readonly address: string | null;
  /** `running` by default. */
  readonly state?: string;
  /** `healthy` by default. */
  readonly healthState?: string | null;
  /** Index in `hosts`; 0 by default. */
  readonly host?: number;
  /** Fields as Rancher names them, written over all others. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** An environment of so many services of so many healthy containers each, with loopback addresses that all differ; about 7 KB of JSON for a service of three. */
export function makeEnvironment(size: {
  readonly services: number;
  readonly containersPerService: number;
}): Environment {
  const perStack = 100;
  const service = (index: number): ServiceDescription => ({
    name: `service-${index}`,
    labels: { 'traefik.enable': 'true', 'traefik.domain': 'example.local', 'traefik.port': '8080' },
    containers: Array.from({ length: size.containersPerService }, (_, k) => {
      const number = index * size.containersPerService + k;
      return { address: `127.${1 + ((number >> 16) & 0x7f)}.${(number >> 8) & 0xff}.${number & 0xff}` };
    }),
  });
  return {
    stacks: Array.from({ length: Math.ceil(size.services / perStack) }, (_, stack) => ({
      name: `stack-${stack}`,
      services: Array.from({ length: Math.min(perStack, size.services - stack * perStack) }, (_unused, k) =>
        service(stack * perStack + k),
      ),
    })),
  };
}
