import type { ClientRequest, IncomingMessage } from 'node:http';
import { trailerFields } from './fields.ts';

/** How much of a body that nobody wants is still read, so that its sender gets the answer instead of a reset. */
const DRAIN_BYTES = 1_048_576;
const DRAIN_MS = 2_000;

export interface BodySink {
  /** The body has more bytes than allowed; nothing more is read. */
  tooLarge(): void;
  /** So many bytes passed. */
  progress(bytes: number): void;
  /** The whole body was handed over. */
  sent(): void;
}

/**
 * Streams the client's body to the server with back-pressure, and its trailers. Nothing is read before the call, so a
 * request can go to another server until then. The function that it returns takes the body away from the server.
 */
export function sendBody(
  from: IncomingMessage,
  to: ClientRequest,
  maxBytes: number,
  sink: BodySink,
): () => void {
  let bytes = 0;
  const pass = (piece: Buffer): void => {
    bytes += piece.length;
    if (maxBytes > 0 && bytes > maxBytes) {
      stop();
      sink.tooLarge();
      return;
    }
    sink.progress(piece.length);
    if (!to.write(piece)) from.pause();
  };
  const resume = (): void => {
    sink.progress(0);
    from.resume();
  };
  const finish = (): void => {
    const trailers = trailerFields(from.rawTrailers);
    if (trailers.length > 0) to.addTrailers(trailers);
    to.end();
    sink.sent();
  };
  const stop = (): void => {
    from.off('data', pass).off('end', finish);
    to.off('drain', resume);
  };
  from.on('data', pass).on('end', finish);
  to.on('drain', resume);
  // A head waits for the first piece, to go out in one write with it; a body that is slow to come must not delay it.
  setImmediate(() => {
    if (bytes === 0 && !to.destroyed) to.flushHeaders();
  });
  return stop;
}

/** Reads and drops the rest of a body within limits; beyond them the connection is cut. `drained` is called in either case. */
export function drainBody(from: IncomingMessage, drained: () => void): void {
  if (from.complete || from.destroyed) {
    drained();
    return;
  }
  let bytes = 0;
  const finish = (): void => {
    clearTimeout(timer);
    from.off('data', count).off('end', finish).off('close', finish);
    drained();
  };
  const cut = (): void => {
    finish();
    from.destroy();
  };
  const count = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > DRAIN_BYTES) cut();
  };
  const timer = setTimeout(cut, DRAIN_MS);
  from.on('data', count).on('end', finish).on('close', finish);
  from.resume();
}
