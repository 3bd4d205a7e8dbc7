import { traefikLabels } from '../labels/label.ts';
import { shownKey } from '../labels/shown.ts';
import { namesToResolve } from '../metadata/names.ts';
import type { Derivation } from '../model/derivation.ts';
import { nearest } from '../model/nearest.ts';
import type { Snapshot } from '../model/service.ts';
import type { Live } from './dryRun.ts';
import { printable } from './explainLines.ts';
import type { LabelProposal, Proposal } from './proposal.ts';
import { count, firstOf } from './words.ts';

/** Of a long list of labels, the first are enough to see what is wrong. */
const MAX_LABELS = 10;

/** What a dry run cannot know, and what of a proposal has no effect. `snapshot` and `after` are what would be. */
export function notesOn(
  live: Live,
  proposal: Proposal,
  snapshot: Snapshot,
  after: Derivation,
): readonly string[] {
  return [
    ...(proposal.kind === 'labels' ? idleLabels(proposal, live.snapshot) : []),
    ...(proposal.kind === 'metadata' && snapshot.services.length === 0 && live.snapshot.services.length > 0
      ? [
          'Metadata without any service is refused where there were some before: what is live would stay, until it has services again.',
        ]
      : []),
    ...unresolvedNames(live.snapshot, snapshot),
    ...unknownHost(live, snapshot, after),
    ...(live.isHolding
      ? [
          'A refresh is held at the moment, so this is compared with what is live, not with what was read last.',
        ]
      : []),
  ];
}

/** Labels that are none of ours, and those that are to be taken away and are not there. */
function idleLabels({ service: id, labels }: LabelProposal, { services }: Snapshot): readonly string[] {
  const present = services.find((service) => service.id === id)?.labels ?? {};
  const proposed = Object.fromEntries(Array.from(labels.keys(), (key) => [key, '']));
  const ours = new Set(Object.keys(traefikLabels(proposed)));
  const notes = [...labels].flatMap(([key, value]): readonly string[] => {
    if (value === null && !Object.hasOwn(present, key)) return [absent(key, Object.keys(present))];
    return ours.has(key) ? [] : [`The label ${shownKey(key)} has no effect: it is no traefik.* label.`];
  });
  const more = notes.length - MAX_LABELS;
  return more <= 0
    ? notes
    : [...notes.slice(0, MAX_LABELS), `The same goes for ${count(more, 'more label')}.`];
}

function absent(key: string, present: readonly string[]): string {
  const near = nearest(key.toLowerCase(), present, Math.floor(key.length / 3));
  const hint = near === null ? '' : `; the nearest that it has is ${shownKey(near)}`;
  return `The label ${shownKey(key)} cannot be taken away: the service has none of this name${hint}.`;
}

function unresolvedNames({ resolutions }: Snapshot, { services }: Snapshot): readonly string[] {
  const names = [...namesToResolve(services)].filter((name) => !Object.hasOwn(resolutions, name));
  if (names.length === 0) return [];
  return [
    `A dry run resolves no names, and of these nothing is known so far, so there are no servers for them here: ${printable(firstOf(names))}. The daemon resolves them before such a change goes live.`,
  ];
}

/** The daemon would read it first, as soon as somebody prefers servers on it. */
function unknownHost(live: Live, { localHostUuid }: Snapshot, after: Derivation): readonly string[] {
  return localHostUuid === null && missesHost(after) && !missesHost(live.derivation)
    ? [
        'A dry run does not ask which host the balancer runs on, which nobody needed to know so far: local-host-unknown may not come.',
      ]
    : [];
}

function missesHost({ services }: Derivation): boolean {
  return services.some(({ findings }) => findings.some(({ code }) => code === 'local-host-unknown'));
}
