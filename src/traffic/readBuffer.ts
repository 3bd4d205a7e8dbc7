/**
 * What small copies are cut from, in Node. One that is kept for long, such as half a head that waits for the rest, keeps all of it: of Node's own
 * 64 KiB thousands that wait would keep a gigabyte.
 */
const SLAB_BYTES = 8_192;
Buffer.poolSize = SLAB_BYTES;

/** As much as libuv asks the kernel for at once. */
const BYTES = 65_536;

/**
 * What connections of a thread read into, one at a time, and copy from at once. One for all, since memory that was just used is at hand, where buffers
 * of their own for hundreds of connections are in no cache of the processor when their turn comes.
 */
export const READ_BUFFER = Buffer.allocUnsafeSlow(BYTES);

/** The first bytes of a buffer, in memory of their own. */
export function copyOf(buffer: Uint8Array, count: number): Buffer {
  const copy = Buffer.allocUnsafe(count);
  // Node's `copy` makes no view of the part.
  (buffer as Buffer).copy(copy, 0, 0, count);
  return copy;
}
