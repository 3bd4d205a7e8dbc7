import type { BreakerState } from '../model/condition.ts';
import type { Backend } from '../model/table.ts';
import { BALANCERS } from './balancers.ts';
import { CircuitBreaker } from './circuitBreaker.ts';
import type { Clock } from './clock.ts';
import { RetryBudget } from './retryBudget.ts';
import { ServerTraffic, serverKey, type ConnectionSettings } from './serverTraffic.ts';

/** What all backends share. */
export interface TrafficContext extends ConnectionSettings {
  readonly clock: Clock;
  /** The circuit breaker of a backend changed its state. */
  readonly breakerChanged: (backend: string, state: BreakerState) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** What outlives a table about one backend: its servers, whose turn it is, its circuit breaker, and its retry budget. */
export class BackendTraffic {
  readonly retryBudget: RetryBudget;
  /** Requests that wait for a server now. */
  readonly queued: number = 0;
  readonly #context: TrafficContext;
  #backend: Backend;
  #servers: readonly ServerTraffic[] = [];
  /** The preferred servers, then the others; only those that there are. */
  #tiers: readonly (readonly ServerTraffic[])[] = [];
  /** The keys of those whose health check fails, as was said last; they may not be in the table yet. */
  #failing: ReadonlySet<string>;
  /** Made when a client first asks for it. */
  #byStickyId: ReadonlyMap<string, ServerTraffic> | null = null;
  #breaker: CircuitBreaker | null = null;

  constructor(backend: Backend, context: TrafficContext, failing: ReadonlySet<string> = NONE) {
    this.#context = context;
    this.retryBudget = new RetryBudget(context.clock);
    this.#failing = failing;
    this.#backend = backend;
    this.attach(backend);
  }

  get backend(): Backend {
    return this.#backend;
  }

  get servers(): readonly ServerTraffic[] {
    return this.#servers;
  }

  /** Follows a new table: servers that stay keep their credit and connections, servers that left drain. */
  attach(backend: Backend): void {
    const before = new Map(this.#servers.map((server) => [server.key, server]));
    const weightBefore = sumOfWeights(this.#backend);
    this.#backend = backend;
    this.#servers = backend.servers.map((server) => {
      const key = serverKey(server.id, server.url);
      const known = before.get(key);
      if (known?.isSame(server) !== true) {
        return new ServerTraffic(backend.id, server, this.#context, this.#failing.has(key));
      }
      before.delete(key);
      known.attach(server);
      return known;
    });
    this.#tiers = [true, false]
      .map((isPreferred) => this.#servers.filter(({ server }) => server.isPreferred === isPreferred))
      .filter(({ length }) => length > 0);
    this.#byStickyId = null;
    for (const { pool } of before.values()) pool.retire();
    this.#settle(weightBefore);
    this.#attachBreaker();
  }

  /**
   * Makes the credits mean as many picks as before the weights changed, and add up to nothing again, so that nobody is
   * flooded or starved.
   */
  #settle(weightBefore: number): void {
    const scale = weightBefore === 0 ? 0 : sumOfWeights(this.#backend) / weightBefore;
    for (const tier of this.#tiers) {
      const mean = tier.reduce((sum, { credit }) => sum + credit, 0) / tier.length;
      for (const server of tier) server.credit = (server.credit - mean) * scale;
    }
  }

  #attachBreaker(): void {
    const { id, circuitBreaker } = this.#backend;
    if (circuitBreaker?.expression === this.#breaker?.expression) return;
    this.#breaker?.retire();
    this.#breaker =
      circuitBreaker &&
      new CircuitBreaker(circuitBreaker, this.#context.clock, (state) =>
        this.#context.breakerChanged(id, state),
      );
  }

  /** These servers, by key, and no others fail their health check. */
  setFailing(failing: ReadonlySet<string>): void {
    this.#failing = failing;
    for (const server of this.#servers) server.isFailing = failing.has(server.key);
  }

  /**
   * The server for a new client by the backend's method: never one that was `tried` (by key), fails its health check or has no
   * weight; one that is not preferred only where no preferred one is left. Null where there is none.
   */
  pick(tried: ReadonlySet<string>): ServerTraffic | null {
    const balance = BALANCERS[this.#backend.method];
    for (const tier of this.#tiers) {
      const server = balance(tier, tried);
      if (server !== null) return server;
    }
    return null;
  }

  /** The server that a cookie names, whatever its weight; null where there is none, or it cannot be used. */
  stickyServer(stickyId: string, tried: ReadonlySet<string>): ServerTraffic | null {
    this.#byStickyId ??= new Map(this.#servers.map((server) => [server.stickyId, server]));
    const server = this.#byStickyId.get(stickyId);
    return server?.isUsable(tried) === true ? server : null;
  }

  /** Whether all servers that there are fail their health check. */
  get isFailing(): boolean {
    return this.#servers.length > 0 && this.#servers.every(({ isFailing }) => isFailing);
  }

  /** Null where a request may pass, which counts as one; else the seconds after which it may be worth another try. */
  refusedForSeconds(): number | null {
    return this.#breaker === null ? null : this.#breaker.refusedForSeconds();
  }

  /** Tells the circuit breaker of a request's answer: a server's own status, or what stands for a failure, and how long it took. */
  record(status: number, latencyMs: number): void {
    this.#breaker?.record(status, latencyMs);
  }

  /** Closes idle connections, and those in use when they are done. */
  retire(): void {
    for (const { pool } of this.#servers) pool.retire();
  }
}

function sumOfWeights({ servers }: Backend): number {
  return servers.reduce((sum, { weight }) => sum + weight, 0);
}
