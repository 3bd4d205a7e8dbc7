import type { DryRun, DryRunSettings, Live } from '../../../src/control/dryRun.ts';
import { dryRun } from '../../../src/control/dryRun.ts';
import { derive } from '../../../src/control/derive.ts';
import type { LabelProposal, Proposal } from '../../../src/control/proposal.ts';
import type { DeriveSettings } from '../../../src/model/derivation.ts';
import type { Snapshot } from '../../../src/model/service.ts';
import { parseGolden } from '../../golden/golden.ts';
import { SETTINGS } from './environment.ts';

/** Labels by their names; null takes one away. */
export type Labels = Readonly<Record<string, string | null>>;

export const GUARD: DryRunSettings['guard'] = { maxRemovalPercent: 80, holdMs: 60_000 };

export function liveOf(snapshot: Snapshot, settings: DeriveSettings = SETTINGS): Live {
  return { snapshot, derivation: derive(snapshot, settings), isHolding: false };
}

export function labelsOf(service: string, labels: Labels): LabelProposal {
  return { kind: 'labels', service, labels: new Map(Object.entries(labels)) };
}

/** A dry run among the services that the given part of a golden file tells. */
export function tryIn(given: string, proposal: Proposal): DryRun {
  const { snapshot, settings } = parseGolden(given);
  const result = dryRun(liveOf(snapshot, settings), proposal, { derive: settings, guard: GUARD });
  if (result === null) throw new Error('no such service');
  return result;
}

/** What a person would look at, a line each. */
export function told({ state, changes, findings, wouldBeHeld, notes }: DryRun): readonly string[] {
  return [
    state ?? 'no state',
    ...changes.filter(({ what }) => what !== 'finding').map(({ text }) => text),
    ...findings.map(
      ({ service, severity, code, isNew }) => `${isNew ? 'new ' : ''}${severity} ${code} of ${service}`,
    ),
    ...(wouldBeHeld ? ['held'] : []),
    ...notes.map((note) => `note: ${note}`),
  ];
}
