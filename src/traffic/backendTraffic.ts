import type { Backend, Server } from '../model/table.ts';
import { Pool } from './pool.ts';

/** What outlives a table about one server: its connections. */
export interface ServerTraffic {
  readonly server: Server;
  readonly hostname: string;
  readonly port: number;
  readonly pool: Pool;
}

interface Entry extends ServerTraffic {
  /** The balancer's credit; grows by the weight with each pick, falls by the sum of weights when picked. */
  credit: number;
}

/** What outlives a table about one backend: the balancer's position and the servers' connections. */
export class BackendTraffic {
  readonly #serverIdleMs: number;
  #backend: Backend;
  #entries: readonly Entry[] = [];

  constructor(backend: Backend, serverIdleMs: number) {
    this.#serverIdleMs = serverIdleMs;
    this.#backend = backend;
    this.attach(backend);
  }

  /** Follows a new table: servers that stay keep their credit and connections, servers that left drain. */
  attach(backend: Backend): void {
    const before = new Map(this.#entries.map((entry) => [keyOf(entry.server), entry]));
    const weightBefore = sumOfWeights(this.#backend);
    this.#backend = backend;
    this.#entries = backend.servers.map((server) => {
      const known = before.get(keyOf(server));
      before.delete(keyOf(server));
      return known === undefined ? this.#enter(server) : { ...known, server };
    });
    for (const { pool } of before.values()) pool.retire();
    this.#settle(weightBefore);
  }

  /**
   * Makes the credits mean as many picks as before the weights changed, and add up to nothing again, so that nobody is
   * flooded or starved.
   */
  #settle(weightBefore: number): void {
    const scale = weightBefore === 0 ? 0 : sumOfWeights(this.#backend) / weightBefore;
    const mean = this.#entries.reduce((sum, { credit }) => sum + credit, 0) / (this.#entries.length || 1);
    for (const entry of this.#entries) entry.credit = (entry.credit - mean) * scale;
  }

  /**
   * Smooth weighted round-robin (nginx's): over any run of picks each server gets its share, spread evenly.
   * Null where every server was already `tried` or has no weight.
   */
  pick(tried: ReadonlySet<string>): ServerTraffic | null {
    let best: Entry | null = null;
    let total = 0;
    for (const entry of this.#entries) {
      const { weight } = entry.server;
      if (weight <= 0 || (tried.size > 0 && tried.has(entry.server.id))) continue;
      entry.credit += weight;
      total += weight;
      if (best === null || entry.credit > best.credit) best = entry;
    }
    if (best !== null) best.credit -= total;
    return best;
  }

  /** Closes idle connections, and those in use when they are done. */
  retire(): void {
    for (const { pool } of this.#entries) pool.retire();
  }

  get backend(): Backend {
    return this.#backend;
  }

  #enter(server: Server): Entry {
    const { hostname, port } = new URL(server.url);
    return {
      server,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 80 : Number(port),
      pool: new Pool(this.#serverIdleMs),
      credit: 0,
    };
  }
}

function sumOfWeights({ servers }: Backend): number {
  return servers.reduce((sum, { weight }) => sum + weight, 0);
}

/** A container that comes back under its name with another address is another server. */
function keyOf(server: Server): string {
  return `${server.id} ${server.url}`;
}
