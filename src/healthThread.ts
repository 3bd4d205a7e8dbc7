import { checksOf, type Check } from './health/check.ts';
import type { FromHealth, HealthThreadData, ToHealth } from './health/messages.ts';
import type { FailingServer } from './model/condition.ts';
import type { Table } from './model/table.ts';
import type { Log } from './telemetry/log.ts';
import { LastingThread, startThread } from './thread.ts';

export interface HealthThreadOptions {
  readonly log: Log;
  readonly insecureSkipVerify: boolean;
  /** These servers, and no others, fail their check. */
  readonly told: (failing: readonly FailingServer[]) => void;
  /** It is started anew. */
  readonly crashed: () => void;
}

/** What main does about the health thread: it is started by the first table that has something to check, told what, heard, and stopped. */
export class HealthThread {
  readonly #options: HealthThreadOptions;
  #thread: LastingThread | null = null;
  #checks: readonly Check[] = [];
  #failing: readonly FailingServer[] = [];

  constructor(options: HealthThreadOptions) {
    this.#options = options;
  }

  /** As it was told last. */
  get failing(): readonly FailingServer[] {
    return this.#failing;
  }

  /** Has the servers of a table checked, as far as it asks for that. */
  check(table: Table): void {
    this.#checks = checksOf(table);
    if (this.#thread !== null) this.#thread.post({ checks: this.#checks } satisfies ToHealth);
    else if (this.#checks.length > 0) this.#thread = this.#start();
  }

  async stop(): Promise<void> {
    await this.#thread?.stop();
  }

  #start(): LastingThread {
    const { log, insecureSkipVerify, told, crashed } = this.#options;
    return new LastingThread(
      () => {
        const data: HealthThreadData = { checks: this.#checks, failing: this.#failing, insecureSkipVerify };
        return startThread('health/thread', data).on('message', ({ failing }: FromHealth) => {
          this.#failing = failing;
          told(failing);
        });
      },
      (error) => {
        crashed();
        log.error(
          { event: 'health-crashed', err: error },
          'the health thread crashed; servers that failed stay out, and it is started anew',
        );
      },
    );
  }
}
