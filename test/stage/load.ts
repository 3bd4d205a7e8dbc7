import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanup, type Lifetime } from '../support/cleanup.ts';
import { ask, nextNonce, type Outcome, type Question } from './ask.ts';

/** Where a load goes, and how much of it. */
export interface LoadOptions {
  readonly port: number;
  /** Each host, and who may answer for it. */
  readonly hosts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests at a time. */
  readonly clients?: number;
  /** Of each client, between two requests. */
  readonly pauseMs?: number;
}

type Shape = Pick<Question, 'method' | 'body' | 'framing'> & {
  readonly waitMs: number;
  readonly size: number;
  readonly isFresh: boolean;
};

/** What clients ask, one after the other. Every eighth is on a connection of its own. */
const SHAPES: readonly Shape[] = [
  shape('GET'),
  shape('POST', { body: filled(500) }),
  shape('GET', { size: 20_000 }),
  shape('PUT', { body: filled(3_000), framing: 'chunked' }),
  shape('GET', { waitMs: 20 }),
  shape('DELETE'),
  shape('GET', { isFresh: true }),
  shape('POST', { body: filled(30_000), framing: 'chunked', waitMs: 10 }),
  shape('GET'),
  shape('PUT', { body: filled(10) }),
  shape('POST', { body: filled(1), isFresh: true }),
];

function shape(method: string, over: Partial<Shape> = {}): Shape {
  return { method, body: null, framing: 'length', waitMs: 0, size: 0, isFresh: false, ...over };
}

function filled(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'abcdefghijklmnopqrstuvwxyz0123456789');
}

/** Clients that ask one request after the other, each on a kept connection of its own, and check each answer. */
export class Load {
  /** Requests that were not answered right. */
  readonly losses: Outcome[] = [];
  /** How many answers each server gave. */
  readonly answers = new Map<string, number>();
  readonly startedAt = performance.now();
  endedAt = 0;
  count = 0;
  readonly #options: LoadOptions;
  readonly #hosts: readonly (readonly [string, ReadonlySet<string>])[];
  #isOver = false;
  #done: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#hosts = [...options.hosts];
  }

  /** Starts it; it ends with `t` at the latest. */
  static start(t: Lifetime, options: LoadOptions): Load {
    const load = new Load(options);
    load.#start(options.clients ?? 10);
    cleanup(t, () => load.end());
    return load;
  }

  /** Resolves after so many more requests. */
  async more(count: number): Promise<void> {
    const wanted = this.count + count;
    while (this.count < wanted) await pause(5);
  }

  /** Lets every client finish what it asks. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
    if (this.endedAt === 0) this.endedAt = performance.now();
  }

  #start(clients: number): void {
    this.#done = Promise.all(Array.from({ length: clients }, (_, nth) => this.#client(nth)));
  }

  async #client(nth: number): Promise<void> {
    const { port, pauseMs = 25 } = this.#options;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // Not all at the same moment.
    await pause((nth * pauseMs) / (this.#options.clients ?? 10));
    for (let i = nth; !this.#isOver; i++) {
      const { waitMs, size, isFresh, ...rest } = SHAPES[i % SHAPES.length]!;
      const [host, servers] = this.#hosts[i % this.#hosts.length]!;
      const wish = { nonce: nextNonce(), waitMs, size };
      this.#note(await ask({ port, host, servers, wish, agent: isFresh ? null : agent, ...rest }));
      await pause(pauseMs);
    }
    agent.destroy();
  }

  #note(outcome: Outcome): void {
    this.count += 1;
    if (outcome.kind === 'right')
      this.answers.set(outcome.server, (this.answers.get(outcome.server) ?? 0) + 1);
    else this.losses.push(outcome);
  }
}
