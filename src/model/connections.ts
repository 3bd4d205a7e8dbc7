/** What is known of client connections as a whole. Plain data. */

/** How many client connections there are; the last three are counted since the start. */
export interface ConnectionNumbers {
  /** Those that have a place. */
  readonly open: number;
  /** Those in the waiting room. */
  readonly waiting: number;
  readonly accepted: number;
  /** Those that had to give their place to others. */
  readonly shed: number;
  /** Those that were closed without having had a place. */
  readonly refused: number;
}

/** `begun`: a connection came when all places were taken. `over`: there are enough again; what it has cost is told with it. */
export interface Overload {
  readonly state: 'begun' | 'over';
  /** How many places there are. */
  readonly limit: number;
  readonly durationMs: number;
  readonly shed: number;
  readonly refused: number;
}
