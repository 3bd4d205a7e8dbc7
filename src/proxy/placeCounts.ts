import { OwnRoom, type Room, type SharedRoom } from '../traffic/room.ts';
import { PLACE_ROWS } from '../traffic/rows.ts';
import type { SharedLimits } from '../traffic/sharedLimits.ts';
import { OwnTally, type Tally } from '../traffic/tally.ts';

/** How many client connections have a place, wait for one, and give theirs up: of this thread, or of all that share a limit. */
export interface PlaceCounts {
  readonly taken: Tally;
  readonly waiting: Tally;
  readonly leaving: Tally;
  readonly room: Room;
  /** Null where no other thread has any. */
  readonly shared: SharedRoom | null;
}

/** Counts for `limit` places. `gotRoom`: who waits in this thread is to be let in, as far as there is room. */
export function countPlaces(
  limit: number,
  limits: SharedLimits | undefined,
  gotRoom: () => void,
): PlaceCounts {
  if (limits === undefined) {
    const taken = new OwnTally();
    const room = new OwnRoom(limit, taken, gotRoom);
    return { taken, waiting: new OwnTally(), leaving: new OwnTally(), room, shared: null };
  }
  const waiting = limits.tally(PLACE_ROWS.waiting);
  const shared = limits.room(PLACE_ROWS.taken, null, waiting, limit, gotRoom);
  const taken = limits.tally(PLACE_ROWS.taken);
  return { taken, waiting, leaving: limits.tally(PLACE_ROWS.leaving), room: shared, shared };
}
