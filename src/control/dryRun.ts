import type { Derivation, DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ServiceReport } from '../model/report.ts';
import type { Snapshot } from '../model/service.ts';
import { countChanges, type ChangeCounts } from './changeCounts.ts';
import { diffDerivations, newFindings, type Change } from '../routing/diff.ts';
import { NO_CONDITIONS } from './conditions.ts';
import { derive } from './derive.ts';
import { notesOn } from './dryRunNotes.ts';
import { proposedSnapshot, type Proposal } from './proposal.ts';
import { countServers, isHeld, type GuardSettings } from './removal.ts';
import { surroundingsIn, viewService, type ServiceView } from './views.ts';
import { outcomeSentence, serviceState, type ServiceState } from './words.ts';

/** What is live, for a proposal to be compared with. */
export interface Live {
  readonly snapshot: Snapshot;
  /** What follows from it. */
  readonly derivation: Derivation;
  /** Whether a refresh is held meanwhile, of which nothing is live. */
  readonly isHolding: boolean;
}

export interface DryRunSettings {
  readonly derive: DeriveSettings;
  readonly guard: GuardSettings;
}

/** What would follow from a proposal: the answer of `POST /api/dry-run`. */
export interface DryRun {
  /** The service whose labels are proposed, as it would be; null where it would have no `traefik.*` label, or metadata is proposed. */
  readonly service: ServiceView | null;
  /** Its state; null where there is no such view. */
  readonly state: ServiceState | null;
  /** What would happen to requests for its hosts, in one sentence; null where metadata is proposed. */
  readonly summary: string | null;
  /** As in the log and the history; at most a thousand. */
  readonly changes: readonly Change[];
  /** How many more there are. */
  readonly moreChanges: number;
  readonly counts: ChangeCounts;
  /** All of the service that is asked about, then those that others would get; at most a thousand. */
  readonly findings: readonly DryRunFinding[];
  /** How many more there are. */
  readonly moreFindings: number;
  /** Whether it would not go live at once, because of the servers that it removes. */
  readonly wouldBeHeld: boolean;
  /** What is to be known before this is relied on, a sentence each. */
  readonly notes: readonly string[];
}

export interface DryRunFinding extends Finding {
  /** `stack/name`. */
  readonly service: string;
  /** Whether it is not there now. */
  readonly isNew: boolean;
}

const MAX_LISTED = 1_000;

/** Works out what would follow from a proposal. Null where there is no such service. Pure: nothing becomes of it. */
export function dryRun(live: Live, proposal: Proposal, settings: DryRunSettings): DryRun | null {
  const snapshot = proposedSnapshot(live.snapshot, proposal);
  if (snapshot === null) return null;
  const before = live.derivation;
  const after = derive(snapshot, settings.derive);
  const changes = diffDerivations(before, after);
  const asked = proposal.kind === 'labels' ? proposal.service : null;
  const report = after.services.find(({ id }) => id === asked) ?? null;
  const findings = findingsOf(before, after, asked);
  return {
    service: report && viewService(report, surroundingsIn(after.table, NO_CONDITIONS)),
    state: report && serviceState(report),
    summary: asked === null ? null : summaryOf(report),
    changes: changes.slice(0, MAX_LISTED),
    moreChanges: Math.max(0, changes.length - MAX_LISTED),
    counts: countChanges(changes),
    findings: findings.slice(0, MAX_LISTED),
    moreFindings: Math.max(0, findings.length - MAX_LISTED),
    wouldBeHeld: isHeld(countServers(before).servers, countServers(after).servers, settings.guard),
    notes: notesOn(live, proposal, snapshot, after),
  };
}

/** Whether the service that is asked about would be served, none would get an error, and nothing would be held. */
export function wouldGoWell({ summary, state, findings, wouldBeHeld }: DryRun): boolean {
  const isServed = summary === null || state === 'routed';
  return isServed && !wouldBeHeld && !findings.some(({ isNew, severity }) => isNew && severity === 'error');
}

function summaryOf(report: ServiceReport | null): string {
  return report === null
    ? 'It has no traefik.* label then, so that nobody asks for it to be routed.'
    : outcomeSentence(report);
}

function findingsOf(before: Derivation, after: Derivation, asked: string | null): readonly DryRunFinding[] {
  const then = new Map(before.services.map(({ id, findings }) => [id, findings]));
  const own: DryRunFinding[] = [];
  const others: DryRunFinding[] = [];
  for (const { id, findings } of after.services) {
    const fresh = new Set(newFindings(then.get(id) ?? [], findings));
    const told = id === asked ? findings : fresh;
    const list = id === asked ? own : others;
    for (const finding of told) list.push({ service: id, ...finding, isNew: fresh.has(finding) });
  }
  return [...own, ...others];
}
