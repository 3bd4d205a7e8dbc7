import type { TestContext } from 'node:test';
import { eventFrame, EventStreams } from '../../src/admin/eventStreams.ts';
import { helloEvent, statisticsEvent, type HelloEvent, type LiveEvents } from '../../src/admin/liveEvents.ts';
import { startAdmin, type Admin, type AdminOptions } from '../../src/admin/server.ts';
import type { Status } from '../../src/control/status.ts';
import type { DatedTotal, Statistics, TotalRates } from '../../src/model/statistics.ts';
import { cleanup } from '../support/cleanup.ts';

/** A second of no traffic. */
export const IDLE: TotalRates = {
  requestsPerSecond: 0,
  errorsPerSecond: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  inFlight: 0,
  connections: 0,
  waiting: 0,
  queued: 0,
};

/** As often as a daemon sends statistics: a page that hears nothing for long takes its connection to be lost. */
const EVERY_MS = 1_000;

/** An admin server of which the test makes the status, and all that its event streams tell. */
export class HandMade {
  status: Status;
  /** What a page is told of the past when it comes. */
  recent: readonly DatedTotal[] = [];
  /** Of the seconds to come. */
  statistics: Partial<Statistics> = {};
  /** Whether its streams tell nothing, not even that they begin. */
  isSilent = false;
  #admin: Admin | null = null;
  #streams: EventStreams | null = null;
  #port = 0;
  readonly #options: Partial<AdminOptions>;

  private constructor(status: Status, options: Partial<AdminOptions>) {
    this.status = status;
    this.#options = options;
  }

  /** Starts one; it is stopped when the test ends. */
  static async start(t: TestContext, status: Status, options: Partial<AdminOptions> = {}): Promise<HandMade> {
    const made = new HandMade(status, options);
    await made.start();
    const ticking = setInterval(() => made.tellStatistics(), EVERY_MS);
    cleanup(t, () => {
      clearInterval(ticking);
      return made.stop();
    });
    return made;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, after a stop on the same port. */
  async start(): Promise<void> {
    const streams = new EventStreams({
      greeting: () => (this.isSilent ? Buffer.from(': nothing\n\n') : eventFrame('hello', this.#hello())),
      begun: () => {},
      ended: () => {},
    });
    this.#streams = streams;
    this.#admin = await startAdmin({
      port: this.#port,
      bind: '127.0.0.1',
      status: () => this.status,
      events: streams,
      ...this.#options,
    });
    this.#port = this.#admin.port;
  }

  async stop(): Promise<void> {
    await this.#admin?.stop();
  }

  /** Tells the pages that are open. */
  tell<K extends keyof LiveEvents>(event: K, data: LiveEvents[K]): void {
    if (!this.isSilent) this.#streams?.send(eventFrame(event, data));
  }

  /** As a stream begins. */
  sayHello(): void {
    this.tell('hello', this.#hello());
  }

  #hello(): HelloEvent {
    return helloEvent(this.status, null, this.recent);
  }

  tellStatistics(): void {
    const nothing = { at: Date.now(), seconds: 1, total: IDLE, services: new Map(), routes: [], servers: [] };
    const statistics: Statistics = { ...nothing, statuses: {}, ...this.statistics };
    this.tell('statistics', statisticsEvent(statistics, this.status));
  }

  /** Shows another status, and says that there is news. */
  show(status: Status): void {
    this.status = status;
    this.tell('conditions', { at: new Date().toISOString() });
  }
}
