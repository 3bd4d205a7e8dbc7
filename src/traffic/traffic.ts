import type { Backend, Table } from '../model/table.ts';
import { BackendTraffic } from './backendTraffic.ts';

/** All that outlives a table, by backend. Made on first use: a table of 10,000 backends costs nothing here. */
export class Traffic {
  readonly #serverIdleMs: number;
  readonly #backends = new Map<string, BackendTraffic>();

  constructor(serverIdleMs: number) {
    this.#serverIdleMs = serverIdleMs;
  }

  /** The state of a backend of the table that is installed. */
  of(backend: Backend): BackendTraffic {
    const known = this.#backends.get(backend.id);
    if (known !== undefined) return known;
    const made = new BackendTraffic(backend, this.#serverIdleMs);
    this.#backends.set(backend.id, made);
    return made;
  }

  /** Closes every idle connection, and those in use when they are done. */
  retire(): void {
    for (const traffic of this.#backends.values()) traffic.retire();
  }

  /** Follows an install: re-attaches what is known to the table's backends, drains and forgets what is in it no more. */
  attach(table: Table): void {
    const backends = new Map(table.backends.map((backend) => [backend.id, backend]));
    for (const [id, traffic] of this.#backends) {
      const backend = backends.get(id);
      if (backend !== undefined) {
        traffic.attach(backend);
      } else {
        // A request that is still looking for a server of it finds none.
        traffic.attach({ ...traffic.backend, servers: [] });
        this.#backends.delete(id);
      }
    }
  }
}
