/** What main and the health thread tell each other. Plain data. */

import type { FailingServer } from '../model/condition.ts';
import type { Check } from './check.ts';

/** The `workerData` of the health thread. */
export interface HealthThreadData {
  readonly checks: readonly Check[];
  /** Those that were known to fail when it was started anew. */
  readonly failing: readonly FailingServer[];
  /** Whether any certificate of a server that speaks https will do. */
  readonly insecureSkipVerify: boolean;
}

/** Do these checks, and no others, from now on. */
export interface ToHealth {
  readonly checks: readonly Check[];
}

/** These servers, and no others, fail. Sent whenever one fails, recovers, or fails for another reason. */
export interface FromHealth {
  readonly failing: readonly FailingServer[];
}
