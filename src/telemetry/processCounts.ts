import { COLUMN, NO_COUNTS, NO_SERVICE, WIDTH, type Counts } from '../model/counts.ts';
import type { Table } from '../model/table.ts';
import { LatestCounts, type DatedCounts } from './latestCounts.ts';
import { sumCounts } from './sumCounts.ts';

/** What all proxy threads of the process have counted. It never goes back: what one had counted that has crashed stays, as far as it is known. */
export class ProcessCounts {
  readonly #ask: (thread: number, id: number) => void;
  readonly #threads: Thread[];
  readonly #patienceMs: number | undefined;
  /** What those had counted that have crashed. */
  #past: Counts = NO_COUNTS;

  /** `ask` has the thread at this index, from 0, asked; `heard` must be told its answers. */
  constructor(threads: number, ask: (thread: number, id: number) => void, patienceMs?: number) {
    this.#ask = ask;
    this.#patienceMs = patienceMs;
    this.#threads = Array.from({ length: threads }, (_, index) => this.#connected(index));
  }

  /** Asks all threads at once. */
  async get(): Promise<DatedCounts> {
    const now = performance.now();
    const answers = await Promise.all(this.#threads.map(({ latest }) => latest.get()));
    const counts = sumCounts([this.#past, ...answers.map(({ counts }) => counts)]);
    if (answers.every(({ ageMs }) => ageMs === null)) return { counts, ageMs: null };
    // That of the one that has been silent for longest.
    const ages = answers.map(({ ageMs }, index) => ageMs ?? now - (this.#threads[index]?.since ?? now));
    return { counts, ageMs: Math.max(...ages) };
  }

  /** A piece of an answer came, perhaps late. */
  heard(thread: number, id: number, counts: Counts, isLast: boolean): void {
    this.#threads[thread]?.latest.heard(id, counts, isLast);
  }

  /** A thread has crashed; another one takes its place, and begins at 0. */
  crashed(thread: number): void {
    const { latest } = this.#threads[thread] ?? {};
    if (latest === undefined) return;
    this.#past = sumCounts([this.#past, withoutGauges(latest.known)]);
    this.#threads[thread] = this.#connected(thread);
    latest.giveUp();
  }

  /** Follows an install, as threads do: what is about nothing of the table is forgotten. */
  follow({ id, routes, backends }: Table): void {
    if (this.#past === NO_COUNTS) return;
    const services = new Set([NO_SERVICE, ...routes.map(({ service }) => service)]);
    const servers = new Set(
      backends.flatMap(({ id, servers }) => servers.map((server) => `${id}\n${server.id}`)),
    );
    const kept = this.#past.services.flatMap((service, index) => (services.has(service) ? [index] : []));
    const rows = new Float64Array(kept.length * WIDTH);
    for (const [to, from] of kept.entries())
      rows.set(this.#past.rows.subarray(from * WIDTH, (from + 1) * WIDTH), to * WIDTH);
    this.#past = {
      ...this.#past,
      services: kept.map((index) => this.#past.services[index] ?? ''),
      rows,
      servers: this.#past.servers.filter(({ backend, server }) => servers.has(`${backend}\n${server}`)),
      routes: this.#past.routes.filter(({ tableId }) => tableId === id),
    };
  }

  #connected(thread: number): Thread {
    const latest = new LatestCounts(this.#patienceMs);
    latest.connect((id) => this.#ask(thread, id));
    return { latest, since: performance.now() };
  }
}

interface Thread {
  readonly latest: LatestCounts;
  /** By `performance.now`. */
  readonly since: number;
}

/** What is of a moment ends with the thread. */
function withoutGauges(counts: Counts): Counts {
  const rows = new Float64Array(counts.rows);
  for (let at = COLUMN.inFlight; at < rows.length; at += WIDTH) rows[at] = 0;
  return {
    ...counts,
    rows,
    servers: counts.servers.map((server) => ({ ...server, isEjected: false, inFlight: 0 })),
    queued: 0,
    tunnels: 0,
    entrypoints: counts.entrypoints.map((entrypoint) => ({ ...entrypoint, open: 0, waiting: 0 })),
    threads: [],
  };
}
