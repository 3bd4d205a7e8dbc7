import type { HistoryEntry } from '../control/historyEntry.ts';
import { errorAnswer, jsonAnswer, type Answer } from './answers.ts';
import { isoTime } from './overview.ts';

/** An entry as `/api/history/{id}` shows it. Times are ISO 8601 in UTC. */
export interface HistoryView extends Omit<HistoryEntry, 'at'> {
  readonly at: string;
}

/** An entry in the list. */
export type HistoryItem = Omit<HistoryView, 'changes' | 'moreChanges'>;

export function historyView(entry: HistoryEntry): HistoryView {
  return { ...entry, at: isoTime(entry.at) };
}

/** The answer of `/api/history`: newest first. */
export function historyList(entries: readonly HistoryEntry[]): Answer {
  const history = entries.map((entry): HistoryItem => {
    const { changes: _, moreChanges: __, ...item } = historyView(entry);
    return item;
  });
  return jsonAnswer({ history });
}

/** The answer of `/api/history/{id}`. */
export function historyAnswer(entries: readonly HistoryEntry[], id: string): Answer {
  if (!/^[1-9]\d{0,14}$/.test(id))
    return errorAnswer(
      400,
      'bad-id',
      'an id of the history is a whole number from 1; /api/history lists those that there are',
    );
  const entry = entries.find((each) => each.id === Number(id));
  if (entry !== undefined) return jsonAnswer(historyView(entry));
  const [newest, oldest] = [entries[0]?.id, entries.at(-1)?.id];
  const there = newest === undefined ? 'it is empty so far' : `it has ${oldest} to ${newest}`;
  return errorAnswer(404, 'no-such-entry', `the history has no ${id}: ${there}; /api/history lists it`);
}
