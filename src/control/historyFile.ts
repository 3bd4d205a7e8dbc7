import type { StoreEvent } from './events.ts';
import { History } from './history.ts';
import type { HistoryEntry } from './historyEntry.ts';
import { StateFile } from './stateFile.ts';
import { decodeHistory, encodeHistory } from './storedHistory.ts';

/** The file in `LB_STATE_DIR`. */
export const HISTORY_FILE = 'history.jsonl';

/** Of the file: four times what a history is bounded to, since a character may have several bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Where the history is kept. */
export function historyFile(
  directory: string,
  tell: (event: StoreEvent) => void,
): StateFile<readonly HistoryEntry[]> {
  return new StateFile({
    directory,
    name: HISTORY_FILE,
    noun: 'history',
    maxBytes: MAX_BYTES,
    encode: encodeHistory,
    decode: decodeHistory,
    tell,
  });
}

/** The history of this run, which goes on with what is kept in `LB_STATE_DIR`; null: nothing is. */
export function openHistory(stateDir: string | null, tell: (event: StoreEvent) => void): History {
  return new History(stateDir === null ? null : historyFile(stateDir, tell));
}
