import type { DocumentName, Documents } from '../../src/metadata/snapshot.ts';
import type { Snapshot } from '../../src/model/service.ts';

/** Documents in memory; remembers which were read. */
export function documentsIn(
  documents: Readonly<Partial<Record<DocumentName, unknown>>>,
): Documents & { readonly reads: DocumentName[] } {
  const reads: DocumentName[] = [];
  return {
    reads,
    locate: (name) => `memory/${name}`,
    read: (name) => {
      reads.push(name);
      return Promise.resolve(documents[name]);
    },
  };
}

/** What a listener heard, to be awaited. */
export type Heard =
  | { readonly kind: 'read'; readonly snapshot: Snapshot; readonly durationMs: number; readonly at: number }
  | { readonly kind: 'failed'; readonly error: string; readonly retryInMs: number; readonly at: number };

/** A listener of a source whose events are taken one by one, in order; `take` waits for the next. */
export function listen() {
  const heard: Heard[] = [];
  let taken = 0;
  let arrived: (() => void) | null = null;
  const push = (event: Heard) => {
    heard.push(event);
    arrived?.();
  };
  return {
    heard,
    on: {
      read: (snapshot: Snapshot, durationMs: number) =>
        push({ kind: 'read', snapshot, durationMs, at: performance.now() }),
      failed: (error: string, retryInMs: number) =>
        push({ kind: 'failed', error, retryInMs, at: performance.now() }),
    },
    async take(): Promise<Heard> {
      while (heard.length === taken) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      return heard[taken++]!;
    },
    async takeRead() {
      const event = await this.take();
      if (event.kind !== 'read') throw new Error(`expected a read, heard: ${event.error}`);
      return event;
    },
    async takeFailure() {
      const event = await this.take();
      if (event.kind !== 'failed') throw new Error('expected a failure, heard a read');
      return event;
    },
  };
}
