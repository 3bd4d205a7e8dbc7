import { isIP } from 'node:net';
import type { z } from 'zod';
import { containerNetworkShape, hostShape, networkShape } from './schema.ts';

/**
 * How a container that has no address is connected.
 *
 * Rancher 1.1–1.6 itself sets `primary_ip` of a host-network container to its host's address (cattle's MetaDataInfoDaoImpl), and
 * gives it the `network_uuid` of a network of the kind `dockerHost`; the metadata does not tell a network's kind, but its name.
 * When it has not done so, the address is null, as it is for a container of a managed network that has no address yet. They must not be
 * confused: requests meant for one container would go to whatever else listens on its host. So the host's address is used only
 * where nothing speaks against it:
 *
 * - a container that carries `io.rancher.cni.network` or `io.rancher.container.ip` (Rancher sets them on every container of a managed network),
 *   or that shares another container's network, is not on its host's;
 * - otherwise one without `network_uuid` is;
 * - otherwise it depends on the network that is named: see `hostNetworks`.
 */
export type Connection = 'elsewhere' | 'host' | { readonly networkUuid: string };

// Not `io.rancher.container.network`: users write it, also beside `network_mode: host`.
const MANAGED_LABELS = ['io.rancher.cni.network', 'io.rancher.container.ip'];

/** Names that Rancher has given to the network of kind `dockerHost`; version 2016-07-29 writes names in lower case. */
const HOST_NETWORK_NAMES = new Set(['docker host network mode', 'host network mode', 'host']);

/** What the container's own record says. Anything unreadable counts against the host's network. */
export function connectionOf(record: unknown): Connection {
  const parsed = containerNetworkShape.safeParse(record);
  if (!parsed.success) return 'elsewhere';
  const { labels, network_uuid: networkUuid, network_from_container_uuid: sharedWith } = parsed.data;
  if (sharedWith || MANAGED_LABELS.some((label) => labels?.[label])) return 'elsewhere';
  return networkUuid ? { networkUuid } : 'host';
}

/** The uuids of those networks that are the hosts' own. */
export function hostNetworks(networks: readonly unknown[]): ReadonlySet<string> {
  const named = readable(networks, networkShape);
  return new Set(named.filter(({ name }) => HOST_NETWORK_NAMES.has(name.toLowerCase())).map((n) => n.uuid));
}

/** Host uuid → address. A host whose `agent_ip` is a name (CATTLE_AGENT_IP may be one) has none. */
export function hostAddresses(hosts: readonly unknown[]): ReadonlyMap<string, string> {
  const usable = readable(hosts, hostShape).filter((host) => isIP(host.agent_ip) !== 0);
  return new Map(usable.map((host) => [host.uuid, host.agent_ip]));
}

function readable<T>(records: readonly unknown[], shape: z.ZodType<T>): readonly T[] {
  return records.flatMap((record) => {
    const parsed = shape.safeParse(record);
    return parsed.success ? [parsed.data] : [];
  });
}
