import type { Duplex } from 'node:stream';
import { copyOf, READ_BUFFER } from '../../traffic/readBuffer.ts';

type Take = (piece: Buffer) => void;

/** What a socket of Node's keeps for the option `onread`: documented for `net.connect`, but not to be had for a socket that was accepted. */
interface Insides {
  [name: symbol]: unknown;
  readonly _handle?: { readonly useUserBuffer?: (buffer: Buffer) => void } | null;
}

interface Names {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** Of this version of Node; null: it has none. */
let names: Names | null | undefined;

/**
 * Has what a client sends given to `take`, piece by piece, each in memory of its own. Past the socket's stream where Node allows it (decision
 * 17): a small request costs a seventh less then. Elsewhere as its `data`. End, pause and resume are the socket's in either case.
 */
export function startReads(socket: Duplex, take: Take): void {
  names ??= namesIn(socket);
  const insides = socket as unknown as Insides;
  const { _handle: handle } = insides;
  if (names === null || typeof handle?.useUserBuffer !== 'function') {
    socket.on('data', take);
    return;
  }
  insides[names.buffer] = READ_BUFFER;
  insides[names.callback] = (count: number) => take(copyOf(READ_BUFFER, count));
  handle.useUserBuffer(READ_BUFFER);
}

/** What comes is the socket's own to tell of from now on, as that of any other. */
export function stopReads(socket: Duplex, take: Take): void {
  socket.off('data', take);
  const insides = socket as unknown as Insides;
  if (names === null || names === undefined || insides[names.buffer] !== READ_BUFFER) return;
  insides[names.callback] = (count: number) => socket.push(copyOf(READ_BUFFER, count));
}

function namesIn(socket: Duplex): Names | null {
  const all = Object.getOwnPropertySymbols(socket);
  const named = (name: string) => all.find(({ description }) => description === name);
  const buffer = named('kBuffer');
  const callback = named('kBufferCb');
  return buffer === undefined || callback === undefined ? null : { buffer, callback };
}
