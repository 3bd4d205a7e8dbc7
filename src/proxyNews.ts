import { announceBreaker, announceUntrustedServer } from './control/announceConditions.ts';
import { announceOverload } from './control/announceConnections.ts';
import { EjectionNews } from './control/announceEjections.ts';
import { keyOf } from './control/conditions.ts';
import type { State } from './control/state.ts';
import type { BreakerState, EjectedServer } from './model/condition.ts';
import type { FromProxy } from './proxy/messages.ts';
import { UntrustedServers } from './proxy/untrustedServers.ts';
import type { Log } from './telemetry/log.ts';
import type { News } from './traffic/news.ts';

/** What proxy threads find out while they forward. */
export type Finding = FromProxy & {
  readonly kind: 'untrustedForwarder' | 'untrustedServer' | 'breaker' | 'ejected' | 'readmitted' | 'overload';
};

const MAX_REMEMBERED_PEERS = 100;
/** A little less than that of a thread, so that what one says again after its silence is not taken for another's. */
const SILENCE_MS = 590_000;

/**
 * What all proxy threads together have found out: it is passed from the one that found it to the others, shown, and told once, not once
 * for each of them.
 */
export class ProxyNews {
  readonly #log: Log;
  readonly #state: State;
  readonly #spread: (news: News, by: number) => void;
  readonly #ejectionNews: EjectionNews;
  readonly #untrustedServers: UntrustedServers;
  readonly #forwarders = new Set<string>();
  /** By `keyOf`, then by thread. */
  readonly #ejected = new Map<string, Map<number, EjectedServer>>();
  /** By backend, then by thread; those that are not closed. */
  readonly #breakers = new Map<string, Map<number, BreakerState>>();
  /** Threads that have found all places taken, and what that has cost so far. */
  readonly #overloaded = new Set<number>();
  #overload = { begunAt: 0, shed: 0, refused: 0 };

  /** `spread` has all threads but one do as that one does. */
  constructor(log: Log, state: State, spread: (news: News, by: number) => void) {
    this.#log = log;
    this.#state = state;
    this.#spread = spread;
    this.#ejectionNews = new EjectionNews(log);
    this.#untrustedServers = new UntrustedServers(
      () => performance.now(),
      (backend, url, reason) => announceUntrustedServer(log, { backend, url, reason }),
      SILENCE_MS,
    );
  }

  /** The thread at this index, from 0, has found something out. */
  hear(message: Finding, by: number): void {
    switch (message.kind) {
      case 'untrustedForwarder':
        this.#untrustedForwarder(message.peer);
        break;
      case 'untrustedServer':
        this.#untrustedServers.found(message.backend, message.url, message.reason);
        break;
      case 'breaker':
        this.#breaker(message, by);
        break;
      case 'ejected':
        this.#wasEjected(message, by);
        break;
      case 'readmitted':
        this.#wasReadmitted(message, by);
        break;
      case 'overload':
        this.#overloadOf(message, by);
        break;
    }
  }

  /** Follows an install: forgets what is about nothing of the table. */
  follow(): void {
    const { conditions } = this.#state.status.install ?? {};
    if (conditions === undefined) return;
    for (const key of this.#ejected.keys()) if (!conditions.ejected.has(key)) this.#ejected.delete(key);
    for (const id of this.#breakers.keys()) if (!conditions.breakers.has(id)) this.#breakers.delete(id);
  }

  /** What the thread that takes the place of a crashed one has to know; what the crashed one had found out is its own to say again. */
  handOver(crashed: number): readonly News[] {
    const ejected = [...this.#ejected.values()].flatMap((by): readonly News[] => {
      const server = worstOf(by);
      return server === null || server.until === null ? [] : [{ kind: 'ejected', server }];
    });
    const open = [...this.#breakers].flatMap(([backend, by]): readonly News[] =>
      stateAmong(by) === 'open' ? [{ kind: 'open', backend }] : [],
    );
    this.#forget(crashed);
    return [...ejected, ...open];
  }

  #forget(crashed: number): void {
    for (const [key, by] of this.#ejected) {
      const [server] = by.values();
      if (by.delete(crashed) && server !== undefined) this.#showEjected(key, by, server);
    }
    for (const [backend, by] of this.#breakers) {
      if (by.delete(crashed)) this.#state.breaker(backend, stateAmong(by));
    }
    this.#overloaded.delete(crashed);
  }

  #untrustedForwarder(peer: string): void {
    if (this.#forwarders.size >= MAX_REMEMBERED_PEERS || this.#forwarders.has(peer)) return;
    this.#forwarders.add(peer);
    this.#log.warn(
      { event: 'untrusted-forwarder', peer },
      `X-Forwarded-* fields from ${peer} are dropped, since it is not in LB_TRUSTED_PROXIES; if it is your balancer, name it there`,
    );
  }

  #breaker({ backend, state, isTold }: Finding & { readonly kind: 'breaker' }, thread: number): void {
    const by = this.#breakers.get(backend) ?? new Map<number, BreakerState>();
    this.#breakers.set(backend, by);
    const before = stateAmong(by);
    if (state === 'closed') by.delete(thread);
    else by.set(thread, state);
    const after = stateAmong(by);
    if (after !== before) {
      this.#state.breaker(backend, after);
      if (!isTold || after !== 'open') announceBreaker(this.#log, backend, after);
    }
    if (state === 'open' && !isTold) this.#spread({ kind: 'open', backend }, thread);
  }

  #wasEjected({ server, isTold }: Finding & { readonly kind: 'ejected' }, thread: number): void {
    const key = keyOf(server);
    const by = this.#ejected.get(key) ?? new Map<number, EjectedServer>();
    this.#ejected.set(key, by);
    const wasOut = (worstOf(by)?.until ?? null) !== null;
    by.set(thread, server);
    this.#showEjected(key, by, server);
    if (isTold || server.until === null) return;
    if (!wasOut) this.#ejectionNews.ejected(server);
    this.#spread({ kind: 'ejected', server }, thread);
  }

  #wasReadmitted({ server, isTold }: Finding & { readonly kind: 'readmitted' }, thread: number): void {
    const key = keyOf(server);
    const by = this.#ejected.get(key);
    const wasLast = by?.delete(thread) === true && by.size === 0;
    this.#showEjected(key, by ?? new Map(), server);
    if (wasLast) this.#ejectionNews.readmitted(server);
    if (!isTold) this.#spread({ kind: 'readmitted', server }, thread);
  }

  /** A server is out while some thread has it so. */
  #showEjected(key: string, by: ReadonlyMap<number, EjectedServer>, server: EjectedServer): void {
    const worst = worstOf(by);
    if (worst !== null) {
      this.#state.ejected(worst);
      return;
    }
    this.#ejected.delete(key);
    this.#state.readmitted(server);
  }

  #overloadOf(overload: Finding & { readonly kind: 'overload' }, thread: number): void {
    const now = performance.now();
    if (overload.state === 'begun') {
      if (this.#overloaded.size === 0) {
        this.#overload = { begunAt: now, shed: 0, refused: 0 };
        announceOverload(this.#log, overload);
      }
      this.#overloaded.add(thread);
      return;
    }
    this.#overload.shed += overload.shed;
    this.#overload.refused += overload.refused;
    if (!this.#overloaded.delete(thread) || this.#overloaded.size > 0) return;
    const { begunAt, shed, refused } = this.#overload;
    announceOverload(this.#log, { ...overload, durationMs: now - begunAt, shed, refused });
  }
}

/** The one that is out for longest; one on probation where none is out; null where none is either. */
function worstOf(by: ReadonlyMap<number, EjectedServer>): EjectedServer | null {
  return [...by.values()].reduce<EjectedServer | null>(
    (worst, server) => (worst === null || (server.until ?? 0) > (worst.until ?? 0) ? server : worst),
    null,
  );
}

function stateAmong(by: ReadonlyMap<number, BreakerState>): BreakerState {
  const states = new Set(by.values());
  return states.has('open') ? 'open' : states.has('recovering') ? 'recovering' : 'closed';
}
