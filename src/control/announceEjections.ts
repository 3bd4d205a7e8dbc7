import type { Logger } from 'pino';
import type { EjectedServer } from '../model/condition.ts';
import { MAX_SERVERS_TOLD } from './announceConditions.ts';

/** The bound holds for so long, then again. */
const WINDOW_MS = 10_000;

/** Tells of servers that are ejected and readmitted; of many in a short time only the number. */
export class EjectionNews {
  readonly #log: Logger;
  #told = 0;
  #isWindowOpen = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Nothing is told of one that is put on probation. */
  ejected({ backend, server, url, reason, until }: EjectedServer): void {
    if (until === null || !this.#mayTell()) return;
    const seconds = Math.max(1, Math.round((until - Date.now()) / 1000));
    this.#log.warn(
      { event: 'server-ejected', backend, server, url, reason, seconds },
      `server ${server} (${url}) of ${backend} is ejected: it ${reason}; it gets no requests for ${seconds} s, then one at a time until one succeeds`,
    );
  }

  readmitted({ backend, server, url }: EjectedServer): void {
    if (!this.#mayTell()) return;
    this.#log.info(
      { event: 'server-readmitted', backend, server, url },
      `server ${server} (${url}) of ${backend} is readmitted: it gets its share of requests again`,
    );
  }

  #mayTell(): boolean {
    if (!this.#isWindowOpen) setTimeout(() => this.#sumUp(), WINDOW_MS).unref();
    this.#isWindowOpen = true;
    this.#told += 1;
    return this.#told <= MAX_SERVERS_TOLD;
  }

  #sumUp(): void {
    const count = this.#told - MAX_SERVERS_TOLD;
    this.#told = 0;
    this.#isWindowOpen = false;
    if (count <= 0) return;
    this.#log.warn(
      { event: 'servers-untold', count },
      `… and ${count} more times a server was ejected or readmitted; /api/services shows the result`,
    );
  }
}
