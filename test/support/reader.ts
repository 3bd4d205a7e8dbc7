import type { WriteSome } from '../../src/telemetry/standardOutput.ts';
import { Watch } from './watch.ts';

/** A reader of lines in this process, which takes as much as it is told to, or fails. */
export class Reader {
  text = '';
  /** How often it was written to. */
  writes = 0;
  /** Bytes that there is room for. */
  room = Number.POSITIVE_INFINITY;
  /** What a write fails with instead; null: it works. */
  fault: string | null = null;
  readonly #watch = new Watch();

  readonly write: WriteSome = (bytes, done) => {
    setImmediate(() => {
      this.writes += 1;
      const written = Math.min(bytes.length, this.room);
      const code = this.fault ?? (written === 0 ? 'EAGAIN' : null);
      if (code === null) {
        this.text += Buffer.from(bytes.subarray(0, written)).toString();
        this.room -= written;
        done(null, written);
      } else {
        done(Object.assign(new Error(code), { code }), 0);
      }
      this.#watch.changed();
    });
  };

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** Waits for what it has read to be so. */
  until(what: string, isTrue: () => boolean): Promise<true> {
    return this.#watch.until(
      what,
      () => isTrue() || undefined,
      () => `${this.writes} writes, ${this.text.length} characters, at the end ${this.text.slice(-200)}`,
    );
  }
}
