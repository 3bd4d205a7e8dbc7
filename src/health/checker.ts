import type { FailingServer } from '../model/condition.ts';
import { Turns } from '../turns.ts';
import type { Check } from './check.ts';
import type { Probe } from './probe.ts';

export interface CheckerOptions {
  readonly probe: Probe;
  /** Called with all that fail whenever one fails, recovers, or fails for another reason. */
  readonly changed: (failing: readonly FailingServer[]) => void;
  /** Those that are known to fail from the start, until they are checked. */
  readonly failing?: readonly FailingServer[];
  /** Checks under way at a time; the others wait. */
  readonly parallel?: number;
}

const PARALLEL = 256;
/** Changes within so long are told together, since servers of one machine fail together. */
const GATHER_MS = 10;
/** How far the time between two checks of a server is from its interval at most, so that those of many servers drift apart. */
const SPREAD = 0.1;

interface Entry {
  readonly check: Check;
  /** Ends its checks. */
  readonly leaving: AbortController;
  timer: NodeJS.Timeout | null;
}

/**
 * Does active health checks, each server's at its own interval. One failure takes a server out and one success brings it back
 * (as in Traefik 1.7); one that was never checked does not fail.
 */
export class Checker {
  readonly #probe: Probe;
  readonly #changed: (failing: readonly FailingServer[]) => void;
  readonly #turns: Turns;
  readonly #entries = new Map<string, Entry>();
  readonly #failing: Map<string, FailingServer>;
  #gathering: NodeJS.Timeout | null = null;

  constructor({ probe, changed, failing = [], parallel = PARALLEL }: CheckerOptions) {
    this.#probe = probe;
    this.#changed = changed;
    this.#turns = new Turns(parallel);
    this.#failing = new Map(failing.map((each) => [keyOf(each), each]));
  }

  /**
   * Does these checks, and no others, from now on. Those that stay keep their state and schedule; new ones, and those that are to
   * be done in another way, are done at once.
   */
  follow(checks: readonly Check[]): void {
    const wanted = new Map(checks.map((check) => [keyOf(check), check]));
    for (const [key, entry] of this.#entries) {
      if (!wanted.has(key)) this.#leave(key, entry);
    }
    for (const key of this.#failing.keys()) {
      if (wanted.has(key)) continue;
      this.#failing.delete(key);
      this.#tell();
    }
    for (const [key, check] of wanted) {
      const known = this.#entries.get(key);
      if (known !== undefined && JSON.stringify(known.check) === JSON.stringify(check)) continue;
      if (known !== undefined) this.#leave(key, known);
      const entry: Entry = { check, leaving: new AbortController(), timer: null };
      this.#entries.set(key, entry);
      void this.#keepChecking(key, entry);
    }
  }

  /** Ends everything that is under way; nobody is told anything any more. */
  stop(): void {
    for (const [key, entry] of this.#entries) this.#leave(key, entry);
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  #leave(key: string, { leaving, timer }: Entry): void {
    if (timer !== null) clearTimeout(timer);
    this.#entries.delete(key);
    leaving.abort();
  }

  async #keepChecking(key: string, entry: Entry): Promise<void> {
    const { check, leaving } = entry;
    const startedAt = performance.now();
    await this.#turns.take(async () => {
      if (leaving.signal.aborted) return;
      const reason = await this.#probe(check, leaving.signal);
      if (!leaving.signal.aborted) this.#note(key, check, reason);
    });
    if (leaving.signal.aborted) return;
    const everyMs = check.how.intervalMs * (1 + SPREAD * (2 * Math.random() - 1));
    const restMs = Math.max(0, everyMs - (performance.now() - startedAt));
    entry.timer = setTimeout(() => void this.#keepChecking(key, entry), restMs);
  }

  #note(key: string, { backend, server, url }: Check, reason: string | null): void {
    if (reason === (this.#failing.get(key)?.reason ?? null)) return;
    if (reason === null) this.#failing.delete(key);
    else this.#failing.set(key, { backend, server, url, reason });
    this.#tell();
  }

  #tell(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      this.#changed([...this.#failing.values()]);
    }, GATHER_MS);
  }
}

function keyOf({ backend, server, url }: Pick<Check, 'backend' | 'server' | 'url'>): string {
  return `${backend}\n${server}\n${url}`;
}
