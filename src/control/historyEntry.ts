import type { Change } from '../routing/diff.ts';
import { changesSentence, countChanges, type ChangeCounts } from './changeCounts.ts';
import { PROGRAM } from './program.ts';
import type { DerivationTotals } from './totals.ts';
import { count } from './words.ts';

/** `change`: of what was live. `start`: the first install of a run. `restored`: the same, from `LB_STATE_DIR`. */
export const HISTORY_KINDS = ['change', 'start', 'restored'] as const;

/** What changes were found by comparing with: what was live, or in the run before this one; null: nothing, so there are none. */
export const COMPARED_WITH = ['live', 'last-run'] as const;

/** What went live at one moment. Plain data. */
export interface HistoryEntry {
  /** Grows from one to the next, across restarts too where they are kept. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: (typeof HISTORY_KINDS)[number];
  readonly tableId: string;
  readonly metadataVersion: string;
  readonly comparedWith: (typeof COMPARED_WITH)[number] | null;
  /** Of all changes, also those that are not in `changes`. */
  readonly counts: ChangeCounts;
  /** What there is since then. */
  readonly total: DerivationTotals;
  /** One line. */
  readonly summary: string;
  /** Not all, where they are many or long ago. */
  readonly changes: readonly Change[];
  /** How many are not in `changes`. */
  readonly moreChanges: number;
}

/** What an entry is made of. */
export interface Happening extends Pick<
  HistoryEntry,
  'id' | 'at' | 'kind' | 'tableId' | 'metadataVersion' | 'comparedWith' | 'total'
> {
  /** All of them. */
  readonly changes: readonly Change[];
}

/** Changes of one entry that are kept. */
const MAX_CHANGES = 1000;
/** A table may differ in what no route, server or finding is told for. */
const UNTOLD = 'what differs is not told one by one, such as which servers are preferred';
/** Characters of one text that are kept: what is longer is not there to be read. */
const MAX_TEXT = 600;

/** Makes an entry, and cuts what is too much or too long. */
export function historyEntry(happening: Happening): HistoryEntry {
  const { id, at, kind, tableId, metadataVersion, comparedWith, total, changes } = happening;
  return {
    id,
    at,
    kind,
    tableId,
    metadataVersion: cut(metadataVersion),
    comparedWith,
    counts: countChanges(changes),
    total,
    summary: cut(summaryOf(happening)),
    changes: changes.slice(0, MAX_CHANGES).map((change) => ({
      ...change,
      service: cut(change.service),
      text: cut(change.text),
    })),
    moreChanges: Math.max(0, changes.length - MAX_CHANGES),
  };
}

/** The entry without its changes, which are only counted. */
export function withoutChanges(entry: HistoryEntry): HistoryEntry {
  const { changes, moreChanges } = entry;
  return changes.length === 0 ? entry : { ...entry, changes: [], moreChanges: moreChanges + changes.length };
}

function summaryOf({ kind, comparedWith, total, changes }: Happening): string {
  const changed = changesSentence(changes);
  if (kind === 'change') return changed === '' ? UNTOLD : changed;
  const amounts = [
    count(total.routes, 'route'),
    count(total.services, 'service'),
    count(total.servers, 'server'),
  ];
  const source = kind === 'restored' ? ' from LB_STATE_DIR, since metadata could not be read' : '';
  const since =
    comparedWith === null ? '' : `. Since the last run: ${changed === '' ? 'no change' : changed}`;
  return `${PROGRAM.name} ${PROGRAM.version} started${source}: ${amounts.join(', ')}${since}`;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
