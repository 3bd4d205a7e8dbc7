import type { FailingServer } from '../model/condition.ts';
import type { Backend, Table } from '../model/table.ts';
import { BackendTraffic, type TrafficContext } from './backendTraffic.ts';
import type { News } from './news.ts';
import { serverKey } from './serverTraffic.ts';
import type { Passed } from './sharedLimits.ts';

/** All that outlives a table, by backend. Made on first use: a table of 10,000 backends costs nothing here. */
export class Traffic {
  readonly #context: TrafficContext;
  readonly #backends = new Map<string, BackendTraffic>();
  /** Those of the table that is installed, by id. */
  #installed: ReadonlyMap<string, Backend> = new Map();
  /** By backend, the keys of servers whose health check fails. */
  #failing: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(context: TrafficContext) {
    this.#context = context;
  }

  /** The state of a backend of the table that is installed. */
  of(backend: Backend): BackendTraffic {
    const known = this.#backends.get(backend.id);
    if (known !== undefined) return known;
    const made = new BackendTraffic(backend, this.#context, this.#failing.get(backend.id));
    this.#backends.set(backend.id, made);
    return made;
  }

  /** Those that had requests. */
  get backends(): Iterable<BackendTraffic> {
    return this.#backends.values();
  }

  /** These servers, and no others, fail their active health check, also those that a later table brings. */
  setFailing(failing: readonly FailingServer[]): void {
    const keys = new Map<string, Set<string>>();
    for (const { backend, server, url } of failing) {
      const ofBackend = keys.get(backend) ?? new Set();
      keys.set(backend, ofBackend.add(serverKey(server, url)));
    }
    this.#failing = keys;
    for (const [id, traffic] of this.#backends) traffic.setFailing(keys.get(id) ?? new Set());
  }

  /** Does as another thread does that has found something out. */
  learn(news: News): void {
    const backend = this.#installed.get(news.kind === 'open' ? news.backend : news.server.backend);
    if (backend !== undefined) this.of(backend).learn(news);
  }

  /** Another thread has passed room at a server to this one; false where there is no such server any more. */
  gotPassed({ backend, key }: NonNullable<Passed['server']>): boolean {
    return this.#backends.get(backend)?.gotPassed(key) === true;
  }

  /** Closes every idle connection, and those in use when they are done. */
  retire(): void {
    for (const traffic of this.#backends.values()) traffic.retire();
  }

  /** Follows an install: re-attaches what is known to the table's backends, drains and forgets what is in it no more. */
  attach(table: Table): void {
    const backends = new Map(table.backends.map((backend) => [backend.id, backend]));
    this.#installed = backends;
    for (const [id, traffic] of this.#backends) {
      const backend = backends.get(id);
      if (backend !== undefined) {
        traffic.attach(backend);
      } else {
        // A request that is still looking for a server of it finds none.
        traffic.attach({ ...traffic.backend, servers: [], circuitBreaker: null });
        this.#backends.delete(id);
      }
    }
  }
}
