import type { TestContext } from 'node:test';
import type { AdminOptions } from '../../src/admin/server.ts';
import type { HistoryEntry } from '../../src/control/historyEntry.ts';
import type { Status } from '../../src/control/status.ts';
import { LiveFeed } from '../../src/liveFeed.ts';
import { NO_COUNTS, type Counts } from '../../src/model/counts.ts';
import { startGuarded } from './adminLogin.ts';
import { Watch } from './watch.ts';
import { richServices, statusOf } from './status.ts';

/** An admin server with a live feed that asks the test for counts. */
export class TestFeed {
  readonly feed: LiveFeed;
  status: Status = statusOf(richServices());
  readonly #questions: ((counts: Counts) => void)[] = [];
  readonly #watch = new Watch();
  #answered = 0;

  constructor() {
    this.feed = new LiveFeed({
      everyMs: 1,
      status: () => this.status,
      counts: () =>
        new Promise((resolve) => {
          this.#questions.push((counts) => resolve({ counts, ageMs: 0 }));
          this.#watch.changed();
        }),
    });
  }

  /** Starts an admin server that asks for no login, unless told otherwise. */
  async start(t: TestContext, options: Partial<AdminOptions> = {}): Promise<number> {
    const feed = { events: this.feed.streams, traffic: () => this.feed.traffic() };
    const { port } = await startGuarded(t, { users: [], status: () => this.status, ...feed, ...options });
    return port;
  }

  /** How often counts were asked for. */
  get asked(): number {
    return this.#questions.length;
  }

  /** Waits until counts are asked for, and answers. The second answer, and each after it, makes statistics. */
  async count(counts: Counts = NO_COUNTS): Promise<void> {
    const nth = this.#answered;
    this.#answered += 1;
    const ask = await this.#watch.until(
      `question ${nth}`,
      () => this.#questions[nth],
      () => String(this.asked),
    );
    ask(counts);
  }
}

/** An entry of the history with so many changes, the text of each so long. */
export function entryOf(id: number, changes = 1, length = 10): HistoryEntry {
  const change = {
    kind: 'added',
    what: 'route',
    service: 's/web',
    text: `+ route ${'x'.repeat(length)}`,
  } as const;
  return {
    id,
    at: Date.UTC(2016, 6, 29, 12),
    kind: 'change',
    tableId: `t-${id}`,
    metadataVersion: `v-${id}`,
    comparedWith: 'live',
    counts: {
      routes: { added: changes, removed: 0, changed: 0 },
      servers: { added: 0, removed: 0, changed: 0 },
      findings: { added: 0, removed: 0 },
    },
    total: { routes: changes, services: 1, servers: 1, errors: 0, warnings: 0 },
    summary: 's/web: something',
    changes: Array.from({ length: changes }, () => change),
    moreChanges: 0,
  };
}
