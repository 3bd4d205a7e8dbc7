/** How patient we are with a source, and how patient it must be with us. Milliseconds unless said otherwise. */
export interface SourceLimits {
  /** For a whole answer; a document of 256 MB takes about 20 s on a network of 100 Mbit/s. */
  readonly requestDeadlineMs: number;
  /** For `/self/host`, which a full read can do without. */
  readonly selfDeadlineMs: number;
  readonly maxBytes: number;
  /** Between the end of a full read and the start of the next; also between two questions for the version. */
  readonly minReadGapMs: number;
  /** The back-off never exceeds this or the refresh interval, whichever is more; news of a change waits no longer than this. */
  readonly backoffMs: number;
  /** The `maxWait` of the long poll; rancher-metadata takes whole seconds, at most 120. */
  readonly watchWaitMs: number;
  /** rancher-metadata notices the end of `maxWait` on a tick of 5 s, so its answer may be that late. */
  readonly watchLatenessMs: number;
  /** A file is read when no change was seen for so long: whoever writes it seldom does it at one stroke. */
  readonly fileSettleMs: number;
}

export const SOURCE_LIMITS: SourceLimits = {
  requestDeadlineMs: 30_000,
  selfDeadlineMs: 2_000,
  maxBytes: 256 * 1024 * 1024,
  minReadGapMs: 1_000,
  backoffMs: 5_000,
  watchWaitMs: 60_000,
  watchLatenessMs: 15_000,
  fileSettleMs: 50,
};
