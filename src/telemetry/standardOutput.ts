import { constants, fstatSync, openSync, write } from 'node:fs';
import { isatty } from 'node:tty';

const STDOUT = 1;

/**
 * Writes as many of the bytes as there is room for, and calls back: with how many, or with why none were. `EAGAIN`: there is
 * no room now, because the reader is slower.
 */
export type WriteSome = (
  bytes: Uint8Array,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

/** Standard output, whatever it is: a reader that has stopped holds neither a write up nor the end of the process. */
export function standardOutput(): WriteSome {
  const fd = withoutBlocking();
  return (bytes, done) => write(fd, bytes, done);
}

/**
 * A blocked write would keep a thread of Node's, which the end of the process waits for. Opening a pipe or terminal anew
 * gives us a file description of our own, so that nobody else who has it meets `EAGAIN`.
 */
function withoutBlocking(): number {
  const about = fstatSync(STDOUT);
  if (about.isFIFO() || isatty(STDOUT)) {
    try {
      return openSync(
        `/proc/self/fd/${STDOUT}`,
        constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
      );
    } catch {
      // Another user's, or there is no /proc.
    }
  }
  // Node makes pipes and sockets non-blocking when its own stream for them is made, and undoes it at the end.
  if (about.isFIFO() || about.isSocket()) void process.stdout;
  return STDOUT;
}
