import type { StoreEvent } from './events.ts';
import { StateFile } from './stateFile.ts';
import { decodeStored, encodeStored, type StoredSnapshot } from './storedSnapshot.ts';

/** The file in `LB_STATE_DIR`. */
export const STORE_FILE = 'snapshot.json';

/** No source may answer with so much. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Where the last good snapshot of a source is kept; one of another source cannot be used. */
export function snapshotFile(
  directory: string,
  source: string,
  tell: (event: StoreEvent) => void,
): StateFile<StoredSnapshot> {
  return new StateFile({
    directory,
    name: STORE_FILE,
    noun: 'snapshot',
    maxBytes: MAX_BYTES,
    encode: encodeStored,
    decode(text) {
      const stored = decodeStored(text);
      return typeof stored === 'string' || stored.source === source
        ? stored
        : `was read from another source, ${stored.source}`;
    },
    tell,
  });
}
