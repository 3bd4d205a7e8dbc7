/** As much as libuv asks the kernel for at once. */
const BYTES = 65_536;

/**
 * What connections of a thread read into, one at a time, and copy from at once. One for all, since memory that was just used is at hand, where buffers
 * of their own for hundreds of connections are in no cache of the processor when their turn comes.
 */
export const READ_BUFFER = Buffer.allocUnsafeSlow(BYTES);
