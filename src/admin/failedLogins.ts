/** Somebody presented credentials that are not right. */
export interface FailedLogin {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly client: string;
  /** The name as it was presented, cut off, with `?` for what cannot be printed. Nobody need be called so. */
  readonly user: string;
  /** Whether the client is kept waiting from now on. */
  readonly isLimited: boolean;
  /** Failed logins that were not told since the last one that was, because there were too many. */
  readonly untold: number;
}

/** Told in a minute, however many clients fail: nobody may fill the log's disk. */
export const MAX_TOLD = 20;
const MINUTE_MS = 60_000;
/** The beginning of a name, in whole characters. */
const PRINTED = /^.{0,40}/u;

/** Tells of failed logins, but never of more than `MAX_TOLD` in a minute. */
export class FailedLogins {
  readonly #tell: (failed: FailedLogin) => void;
  #minuteBegan = -Infinity;
  #told = 0;
  #untold = 0;

  constructor(tell: (failed: FailedLogin) => void) {
    this.#tell = tell;
  }

  /** `now` in milliseconds of a clock that never jumps. */
  note(client: string, name: string, isLimited: boolean, now: number): void {
    if (now - this.#minuteBegan >= MINUTE_MS) {
      this.#minuteBegan = now;
      this.#told = 0;
    }
    if (this.#told >= MAX_TOLD) {
      this.#untold++;
      return;
    }
    this.#told++;
    this.#tell({ client, user: printable(name), isLimited, untold: this.#untold });
    this.#untold = 0;
  }
}

function printable(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  const [shown = ''] = PRINTED.exec(plain) ?? [];
  return shown.length < plain.length ? `${shown}…` : shown;
}
