import type { IncomingMessage, ServerResponse } from 'node:http';
import { responseFields, trailerFields } from './fields.ts';
import { PieceWriter } from './pieceWriter.ts';
import type { RequestHead } from './request.ts';

const NOTHING = Buffer.alloc(0);

export interface ResponseSink {
  /** So many bytes passed. */
  progress(bytes: number): void;
  /** The head cannot be sent on; nothing was. */
  unusable(detail: string): void;
  /** The server broke off in the middle. */
  broke(): void;
  /** All of it was handed to the client but for the end. */
  received(): void;
}

/** What the proxy adds to a response. */
export interface Additions {
  readonly isClosing: boolean;
  readonly setCookie: string | null;
}

/** Sends a server's response on to the client: head, body with back-pressure, trailers. */
export function relayResponse(
  from: IncomingMessage,
  to: ServerResponse,
  head: RequestHead,
  { isClosing, setCookie }: Additions,
  sink: ResponseSink,
): void {
  from.on('error', () => sink.broke());
  const status = from.statusCode ?? 0;
  const flaw = responseFlaw(from);
  if (flaw !== null) {
    sink.unusable(flaw);
    return;
  }
  const context = { status, clientVersion: head.version, upgrade: null, setCookie };
  const fields = responseFields(from.rawHeaders, context);
  if (isClosing) fields.push('Connection', 'close');
  try {
    to.sendDate = false;
    to.writeHead(status, from.statusMessage ?? '', fields);
  } catch {
    sink.unusable('the server answered with a head that cannot be sent on');
    return;
  }
  let hasWritten = false;
  const writer = new PieceWriter(to, () => from.pause());
  from.on('data', (piece: Buffer) => {
    hasWritten = true;
    sink.progress(piece.length);
    writer.write(piece);
  });
  to.on('drain', () => {
    sink.progress(0);
    from.resume();
  });
  from.on('end', () => {
    // Node calls it an end, too, when the connection broke in the middle.
    if (!from.complete) {
      sink.broke();
      return;
    }
    writer.flush();
    const trailers = trailerFields(from.rawTrailers);
    if (trailers.length > 0 && head.version === '1.1') to.addTrailers(trailers);
    hasWritten = true;
    sink.received();
  });
  // The head goes out with the first piece in one write; where none comes at once (SSE), it goes alone.
  setImmediate(() => {
    // Not by flushHeaders, which writes them as UTF-8.
    if (!hasWritten && !to.writableEnded && !to.destroyed) to.write(NOTHING);
  });
}

/** What makes a response doubtful although Node's parser took it (RFC 9112 §6.3); null: nothing. */
function responseFlaw(from: IncomingMessage): string | null {
  // Without an Upgrade field Node takes it for a response like others; who gets it speaks no HTTP from then on (RFC 9110 §15.2.2).
  if (from.statusCode === 101) return 'the server switched protocols without saying to which';
  if (from.httpVersion !== '1.1' && from.httpVersion !== '1.0')
    return 'the server answered in another HTTP version';
  const codings: string[] = [];
  for (let i = 0; i < from.rawHeaders.length; i += 2) {
    if (from.rawHeaders[i]?.toLowerCase() === 'transfer-encoding') codings.push(from.rawHeaders[i + 1] ?? '');
  }
  return codings.length === 0 || (codings.length === 1 && codings[0]?.toLowerCase() === 'chunked')
    ? null
    : 'the server answered with a Transfer-Encoding other than chunked';
}
