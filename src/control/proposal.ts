import { shown } from '../labels/shown.ts';
import type { Service, Snapshot } from '../model/service.ts';
import { nearestHint } from './explainService.ts';

/** What a dry run is asked about. */
export type Proposal = LabelProposal | MetadataProposal;

/** Other labels of one service. */
export interface LabelProposal {
  readonly kind: 'labels';
  /** `stack/name`. */
  readonly service: string;
  /** They are laid over those that it has; null takes one away. */
  readonly labels: LabelChanges;
}

/** By the label's name, exactly as it is spelled. */
export type LabelChanges = ReadonlyMap<string, string | null>;

/** Metadata that takes the place of what was read. Its names are not resolved. */
export interface MetadataProposal {
  readonly kind: 'metadata';
  readonly snapshot: Snapshot;
}

/** What would be read if it were so; null where the service is not there. What is known of names and of our own host stays known. */
export function proposedSnapshot(live: Snapshot, proposal: Proposal): Snapshot | null {
  if (proposal.kind === 'metadata') {
    const { snapshot } = proposal;
    return {
      ...snapshot,
      localHostUuid: snapshot.localHostUuid ?? live.localHostUuid,
      resolutions: live.resolutions,
    };
  }
  if (!live.services.some(({ id }) => id === proposal.service)) return null;
  const services = live.services.map((service) =>
    service.id === proposal.service ? withLabels(service, proposal.labels) : service,
  );
  return { ...live, services };
}

/** The services that a proposal is about, as they would be. */
export function proposedServices(live: Snapshot, proposal: Proposal): readonly Service[] {
  if (proposal.kind === 'metadata') return proposal.snapshot.services;
  return live.services
    .filter(({ id }) => id === proposal.service)
    .map((service) => withLabels(service, proposal.labels));
}

function withLabels(service: Service, changes: LabelChanges): Service {
  const labels = new Map<string, string | null>([...Object.entries(service.labels), ...changes]);
  const left = [...labels].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  return { ...service, labels: Object.fromEntries(left) };
}

/** Says that there is no such service to lay labels over, and which one may be meant. */
export function noServiceToChange(id: string, { services }: Snapshot): string {
  const ids = services.map((service) => service.id);
  return `there is no service ${shown(id)} in the metadata${nearestHint(id, ids)}`;
}
