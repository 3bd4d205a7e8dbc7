import { BroadcastChannel } from 'node:worker_threads';
import type { Pass, Passed } from '../traffic/sharedLimits.ts';

interface Told {
  readonly to: number;
  readonly passed: Passed;
}

/** The other proxy threads, as far as they talk to each other without main: about room that one passes to another. */
export class Neighbours {
  readonly #channel: BroadcastChannel;

  /** `channel`: a name that only the proxy threads of one daemon know. `thread`: which of them this is. */
  constructor(channel: string, thread: number, heard: (passed: Passed) => void) {
    this.#channel = new BroadcastChannel(channel);
    // It is no reason for the thread to live on.
    this.#channel.unref();
    this.#channel.addEventListener('message', (event) => {
      const { to, passed } = (event as unknown as { readonly data: Told }).data;
      if (to === thread) heard(passed);
    });
  }

  readonly pass: Pass = (to, passed) => this.#channel.postMessage({ to, passed } satisfies Told);

  /** They are neither heard nor told any more. */
  close(): void {
    this.#channel.close();
  }
}
