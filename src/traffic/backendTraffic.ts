import type { BreakerState, EjectedServer } from '../model/condition.ts';
import type { Backend } from '../model/table.ts';
import { BALANCERS, settleCredits } from './balancers.ts';
import { CircuitBreaker } from './circuitBreaker.ts';
import type { Clock } from './clock.ts';
import { Ejections } from './ejections.ts';
import type { News } from './news.ts';
import { Queue } from './queue.ts';
import { RetryBudget } from './retryBudget.ts';
import {
  ServerTraffic,
  serverKey,
  type ConnectionSettings,
  type Home,
  type ShareRoom,
} from './serverTraffic.ts';
import type { SharedLimits } from './sharedLimits.ts';

/** What all backends share. */
export interface TrafficContext extends ConnectionSettings {
  readonly clock: Clock;
  /** The circuit breaker of a backend changed its state. */
  readonly breakerChanged: (backend: string, state: BreakerState) => void;
  /** A server was ejected or put on probation. */
  readonly ejected: (server: EjectedServer) => void;
  /** A server that was ejected gets its share again. */
  readonly readmitted: (server: EjectedServer) => void;
  /** Requests that may wait for a server of one backend. */
  readonly queue: number;
  /** What makes the limits those of several threads; absent where there is one. */
  readonly shared?: SharedLimits;
}

const NONE: ReadonlySet<string> = new Set();

/** What outlives a table about one backend: its servers, whose turn it is, who waits, its circuit breaker, and its retry budget. */
export class BackendTraffic implements Home {
  readonly retryBudget: RetryBudget;
  /** The requests that wait for a server of it. */
  readonly queue: Queue;
  readonly #ejections: Ejections;
  readonly #context: TrafficContext;
  #backend: Backend;
  #servers: readonly ServerTraffic[] = [];
  /** The preferred servers, then the others; only those that there are. */
  #tiers: readonly (readonly ServerTraffic[])[] = [];
  /** The keys of those whose health check fails, as was said last; they may not be in the table yet. */
  #failing: ReadonlySet<string>;
  /** Made when a client first asks for it. */
  #byStickyId: ReadonlyMap<string, ServerTraffic> | null = null;
  #speaksTls = false;
  #breaker: CircuitBreaker | null = null;

  constructor(backend: Backend, context: TrafficContext, failing: ReadonlySet<string> = NONE) {
    this.#context = context;
    this.retryBudget = new RetryBudget(context.clock);
    this.queue = new Queue(context.queue, context.shared?.of(backend).queue);
    this.#ejections = new Ejections(context.clock);
    this.#failing = failing;
    this.#backend = backend;
    this.attach(backend);
  }

  get backend(): Backend {
    return this.#backend;
  }

  get id(): string {
    return this.#backend.id;
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  get servers(): readonly ServerTraffic[] {
    return this.#servers;
  }

  /** How many requests wait. */
  get queued(): number {
    return this.queue.length;
  }

  /** Follows a new table: servers that stay keep their credit and connections, servers that left drain. */
  attach(backend: Backend): void {
    const before = new Map(this.#servers.map((server) => [server.key, server]));
    const weightBefore = sumOfWeights(this.#backend);
    this.#backend = backend;
    this.#servers = backend.servers.map((server, index) => {
      const key = serverKey(server.id, server.url);
      const known = before.get(key);
      if (known?.isSame(server) !== true) {
        if (known?.isEjected === true) this.#tellReadmitted(known);
        const isFailing = this.#failing.has(key);
        return new ServerTraffic(this, server, this.#context, isFailing, this.#shareRoom(backend, index));
      }
      before.delete(key);
      known.attach(server);
      return known;
    });
    this.#tiers = [true, false]
      .map((isPreferred) => this.#servers.filter(({ server }) => server.isPreferred === isPreferred))
      .filter(({ length }) => length > 0);
    this.#byStickyId = null;
    this.#speaksTls = this.#servers.some(({ rawPool }) => rawPool === null);
    for (const server of before.values()) server.retire();
    const scale = weightBefore === 0 ? 0 : sumOfWeights(backend) / weightBefore;
    for (const tier of this.#tiers) settleCredits(tier, scale);
    this.#attachBreaker();
    for (const { standing } of this.#servers) standing.attach(backend.circuitBreaker);
    this.#ejections.attach(this.#servers);
    this.queue.reconsider();
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
    this.#ejections.review();
    this.queue.reconsider();
  }

  /** Does as another thread does that has found something out. */
  learn(news: News): void {
    if (news.kind === 'open') {
      this.#breaker?.open();
      return;
    }
    const { server: id, url, reason, until } = news.server;
    const standing = this.#serverOf(serverKey(id, url))?.standing;
    if (news.kind === 'readmitted') standing?.readmitAsTold();
    else if (until !== null) standing?.ejectAsTold(this.clock() + until - Date.now(), reason);
  }

  #shareRoom(backend: Backend, index: number): ShareRoom | undefined {
    const { shared } = this.#context;
    return shared && ((...room) => shared.of(backend).room(index, ...room));
  }

  /** Another thread has passed room for a request to this one; false where there is no such server any more. */
  gotPassed(key: string): boolean {
    const server = this.#serverOf(key);
    server?.gotPassed();
    return server !== undefined;
  }

  #serverOf(key: string): ServerTraffic | undefined {
    return this.#servers.find((server) => server.key === key);
  }

  mayEject(server: ServerTraffic): boolean {
    return this.#ejections.mayEject(server);
  }

  standingChanged(server: ServerTraffic): void {
    // One that has left is nobody's business, but for what is still in flight to it.
    if (!this.#servers.includes(server)) return;
    this.#ejections.plan();
    if (server.isEjected) this.#context.ejected(this.#told(server));
    else this.#tellReadmitted(server);
    // Who waited for it alone waits for nothing any more.
    if (server.standing.state === 'ejected') this.queue.reconsider();
    else this.queue.serve();
  }

  dueChanged(): void {
    this.#ejections.plan();
  }

  gotRoom(): void {
    this.queue.serve();
  }

  #tellReadmitted(server: ServerTraffic): void {
    this.#context.readmitted(this.#told(server));
  }

  #told({ server: { id, url }, standing }: ServerTraffic): EjectedServer {
    const { reason, state, until } = standing;
    // The clock's beginning is its own business.
    const untilMs = state === 'ejected' ? Math.round(Date.now() + until - this.clock()) : null;
    return { backend: this.id, server: id, url, reason, until: untilMs };
  }

  /**
   * The server for a new client by the backend's method: never one that was `tried` (by key), fails its health check, is ejected,
   * is full or has no weight; one that is not preferred only where no preferred one is left. Null where there is none. An attempt
   * there is to begin at once.
   */
  pick(tried: ReadonlySet<string>): ServerTraffic | null {
    this.#ejections.follow();
    const balance = BALANCERS[this.#backend.method];
    for (const tier of this.#tiers) {
      for (let server = balance(tier, tried); server !== null; server = balance(tier, tried)) {
        if (server.claim()) return server;
      }
    }
    return null;
  }

  /** The server that a cookie names, whatever its weight; null where there is none, or it cannot be used. */
  stickyServer(stickyId: string, tried: ReadonlySet<string>): ServerTraffic | null {
    this.#ejections.follow();
    this.#byStickyId ??= new Map(this.#servers.map((server) => [server.stickyId, server]));
    const server = this.#byStickyId.get(stickyId);
    return server?.isUsable(tried) === true && server.claim() ? server : null;
  }

  /** Whether a server that was not `tried` could take a request if it were not full: worth waiting for where none can be picked. */
  isBusy(tried: ReadonlySet<string>): boolean {
    return this.#servers.some((server) => server.isWorthWaiting(tried));
  }

  /** Whether some server speaks TLS. */
  get speaksTls(): boolean {
    return this.#speaksTls;
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
    this.#ejections.attach([]);
    for (const server of this.#servers) server.retire();
  }
}

function sumOfWeights({ servers }: Backend): number {
  return servers.reduce((sum, { weight }) => sum + weight, 0);
}
