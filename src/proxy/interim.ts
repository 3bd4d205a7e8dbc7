import type { InformationEvent, ServerResponse } from 'node:http';
import { responseFields } from './fields.ts';
import type { RequestHead } from './request.ts';

/** Sends a server's 1xx on to the client; HTTP/1.0 does not know them (RFC 9110 §15.2). */
export function relayInterim(info: InformationEvent, to: ServerResponse, { version }: RequestHead): void {
  if (version === '1.0' || to.headersSent) return;
  // A 1xx knows no back-pressure: for a client that does not read, a flood of them would pile up here.
  if (to.socket?.writableNeedDrain === true) return;
  if (info.statusCode === 100) {
    to.writeContinue();
    return;
  }
  // Node before 26 can only write some of them.
  if (typeof to.writeInformation !== 'function') return;
  const context = { status: info.statusCode, clientVersion: version, upgrade: null, setCookie: null };
  to.writeInformation(info.statusCode, responseFields(info.rawHeaders, context));
}
