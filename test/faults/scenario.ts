import type { Lifetime } from '../support/cleanup.ts';
import type { Outcome } from '../stage/ask.ts';
import { eventually, type DaemonProcess } from '../stage/daemonProcess.ts';
import type { Fleet } from '../stage/fleet.ts';
import type { OpenFiles } from '../stage/openFiles.ts';
import type { Load } from '../stage/load.ts';

/** For idle connections to be closed; the lingering ones of refused clients take two seconds. */
const SETTLE_MS = 10_000;

/** One kind of fault, and what is promised of it. */
export interface Scenario {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<void>;
}

/** What a scenario is given. */
export interface Scene extends Lifetime {
  /** Whether it is to be short rather than thorough. */
  readonly isQuick: boolean;
  readonly score: Score;
}

/** Why a request may be lost; null: it may not. */
export type Allow = (loss: Outcome) => string | null;

/** What came of a scenario. */
export class Score {
  requests = 0;
  /** The load at its highest, in requests per second. */
  perSecond = 0;
  faults = 0;
  /** How many requests were lost for each reason that is allowed. */
  readonly allowed = new Map<string, number>();
  lost = 0;
  /** Promises that were not kept, in words. */
  readonly broken: string[] = [];

  /** Counts the requests of a load, which has ended. */
  held(load: Load, allow: Allow = () => null): void {
    const seconds = (load.endedAt - load.startedAt) / 1000;
    this.requests += load.count;
    this.perSecond = Math.max(this.perSecond, load.count / seconds);
    for (const loss of load.losses) this.#lose(loss, allow(loss));
    this.promise(load.count >= 20, `there was hardly any load: ${load.count} requests`);
  }

  /** Counts a request that a scenario sent itself, while something happened. */
  asked(outcome: Outcome, allow: Allow = () => null, meanwhile = ''): void {
    this.requests += 1;
    if (outcome.kind !== 'right') this.#lose(outcome, allow(outcome), meanwhile);
  }

  /** Says that a promise was broken, unless it was kept. */
  promise(isKept: boolean, otherwise: string): void {
    if (!isKept) this.broken.push(otherwise);
  }

  /** What holds in each scenario: nothing repeated that must not be, and no bug in the log. */
  nothingWorse(daemon: DaemonProcess, ...fleets: readonly Pick<Fleet, 'seen'>[]): void {
    for (const complaint of daemon.complaints) this.broken.push(`the log has ${complaint.slice(0, 500)}`);
    for (const { seen } of fleets) {
      for (const nonce of seen.repeated) this.broken.push(`request ${nonce} reached servers twice`);
    }
  }

  /** The daemon has no more connections than before (one more to the metadata may be kept), once idle ones were closed. */
  async nothingLeft(daemon: DaemonProcess, before: OpenFiles): Promise<void> {
    const isSo = (): boolean =>
      daemon.open.connections <= before.connections + 1 && daemon.open.files <= before.files + 1;
    await eventually('as before', isSo, SETTLE_MS).catch(() => {
      const seen = JSON.stringify({ before, after: daemon.open });
      this.broken.push(`connections or files are left open: ${seen}`);
    });
  }

  #lose(loss: Outcome, reason: string | null, meanwhile = ''): void {
    this.lost += 1;
    // An answer that belongs to another request is never allowed.
    if (reason !== null && loss.kind !== 'wrong') {
      this.allowed.set(reason, (this.allowed.get(reason) ?? 0) + 1);
      return;
    }
    const { kind, method, status, detail, isReused, startedAt, endedAt } = loss;
    const connection = isReused ? 'on a kept connection' : 'on a new connection';
    const times = `${Math.round(startedAt)} to ${Math.round(endedAt)} ms`;
    this.broken.push(
      `a ${method} ${connection} was lost: ${kind} ${status} ${detail} (${times}) ${meanwhile}`,
    );
  }
}
