import { createHash } from 'node:crypto';
import type { ContainerDescription, Environment, ServiceDescription } from './environment.ts';

/** A Rancher object, in the fields of version 2015-12-19. */
export type Fields = Readonly<Record<string, unknown>>;

/** The metadata of an environment in the shape of version 2015-12-19, which keeps names as written and lists objects. */
export interface MetadataDocuments {
  readonly services: readonly unknown[];
  readonly containers: readonly unknown[];
  readonly stacks: readonly unknown[];
  readonly hosts: readonly Fields[];
  readonly networks: readonly unknown[];
}

const NETWORK_UUID = uuidOf('network ipsec');

/** Writes an environment as rancher-metadata has it. */
export function toDocuments(environment: Environment): MetadataDocuments {
  const hosts = (environment.hosts ?? ['127.168.56.11']).map(describeHost);
  const stacks = environment.stacks.map((stack) => ({
    name: stack.name,
    environment_name: 'Default',
    environment_uuid: 'adminProject',
    metadata_kind: 'stack',
    services: stack.services.map((service) => describeService(stack.name, service, hosts)),
    system: false,
    uuid: uuidOf(`stack ${stack.name}`),
  }));
  const services = stacks.flatMap((stack) => stack.services);
  const containers = services.flatMap(({ containers: own }) => (Array.isArray(own) ? own : []));
  return {
    services: [...services, ...(environment.rawServices ?? [])],
    containers,
    stacks,
    hosts,
    networks: [describeNetwork('ipsec', NETWORK_UUID)],
  };
}

function describeHost(agentIp: string, index: number): Fields {
  return {
    agent_ip: agentIp,
    agent_state: null,
    environment_uuid: 'adminProject',
    hostId: index + 1,
    hostname: `node-${index + 1}`,
    labels: { 'io.rancher.host.docker_version': '17.03', 'io.rancher.host.linux_kernel_version': '4.9' },
    local_storage_mb: 51200,
    memory: 8368709120,
    metadata_kind: 'host',
    milli_cpu: 4000,
    name: `node-${index + 1}`,
    state: 'active',
    uuid: uuidOf(`host ${index}`),
  };
}

function describeNetwork(name: string, uuid: string): Fields {
  return {
    default_policy_action: null,
    environment_uuid: 'adminProject',
    host_ports: true,
    is_default: true,
    metadata: { cniConfig: { '10-rancher.conf': { bridge: 'docker0', type: 'rancher-bridge' } } },
    metadata_kind: 'network',
    name,
    policy: null,
    uuid,
  };
}

function describeService(stack: string, service: ServiceDescription, hosts: readonly Fields[]): Fields {
  const { name, external, labels = {}, containers = [] } = service;
  const { kind = external === undefined ? 'service' : 'externalService' } = service;
  const uuid = uuidOf(`service ${stack}/${name}`);
  const own = containers.map((container, index) =>
    describeContainer({ stack, service, uuid, container, index }, hosts),
  );
  return {
    containers: own.length === 0 ? null : own,
    create_index: own.length,
    environment_uuid: 'adminProject',
    expose: [],
    external_ips: external?.ips ?? [],
    fqdn: null,
    health_check: healthCheckOf(service),
    hostname: external?.hostname ?? null,
    kind,
    labels,
    lb_config: null,
    links: null,
    metadata: {},
    metadata_kind: 'service',
    name,
    ports: [],
    primary_service_name: name,
    scale: own.length,
    sidekicks: [],
    stack_name: stack,
    stack_uuid: uuidOf(`stack ${stack}`),
    state: 'active',
    system: false,
    token: null,
    uuid,
    vip: null,
    ...service.raw,
  };
}

function healthCheckOf(service: ServiceDescription): Fields | null {
  if (service.healthCheck === false) return null;
  return {
    healthy_threshold: 2,
    interval: 2000,
    port: 8080,
    request_line: 'GET "/" "HTTP/1.0"',
    response_timeout: 2000,
    unhealthy_threshold: 3,
  };
}

interface ContainerPlace {
  readonly stack: string;
  readonly service: ServiceDescription;
  /** Of the service. */
  readonly uuid: string;
  readonly container: ContainerDescription;
  readonly index: number;
}

function describeContainer(place: ContainerPlace, hosts: readonly Fields[]): Fields {
  const { stack, service, uuid: serviceUuid, container, index } = place;
  const name = container.name ?? `${stack}-${service.name}-${index + 1}`;
  const uuid = uuidOf(`container ${stack}/${service.name}/${name}`);
  const { address, state = 'running' } = container;
  const healthy = container.healthState === undefined ? 'healthy' : container.healthState;
  const host = hosts[container.host ?? 0];
  return {
    create_index: index + 1,
    dns: ['127.169.169.250'],
    dns_search: [
      `${stack}.rancher.internal`,
      `${service.name}.${stack}.rancher.internal`,
      'rancher.internal',
    ],
    environment_uuid: 'adminProject',
    external_id: createHash('sha256').update(uuid).digest('hex'),
    health_check: healthCheckOf(service),
    health_check_hosts: service.healthCheck === false ? [] : hosts.map((each) => each['uuid']),
    health_state: service.healthCheck === false ? null : healthy,
    host_uuid: host?.['uuid'] ?? null,
    hostname: name,
    ips: address === null ? [] : [address],
    labels: {
      'io.rancher.cni.network': 'ipsec',
      'io.rancher.cni.wait': 'true',
      'io.rancher.container.ip': `${address ?? ''}/16`,
      'io.rancher.container.name': name,
      'io.rancher.container.uuid': uuid,
      'io.rancher.environment.uuid': 'adminProject',
      'io.rancher.project.name': stack,
      'io.rancher.project_service.name': `${stack}/${service.name}`,
      'io.rancher.service.launch.config': 'io.rancher.service.primary.launch.config',
      'io.rancher.stack.name': stack,
      'io.rancher.stack_service.name': `${stack}/${service.name}`,
      ...service.labels,
    },
    links: null,
    memory_reservation: null,
    metadata_kind: 'container',
    milli_cpu_reservation: null,
    name,
    network_from_container_uuid: null,
    network_uuid: NETWORK_UUID,
    ports: [],
    primary_ip: address,
    primary_mac_address: null,
    service_index: String(index + 1),
    service_name: service.name,
    service_uuid: serviceUuid,
    stack_name: stack,
    stack_uuid: uuidOf(`stack ${stack}`),
    start_count: 1,
    state,
    system: false,
    uuid,
    ...container.raw,
  };
}

/** The same uuid for the same thing, so that an environment set twice is the same environment. */
function uuidOf(thing: string): string {
  const hex = createHash('sha256').update(thing).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
