import type { InformationEvent, ServerResponse } from 'node:http';
import { responseFields } from './fields.ts';
import type { RequestHead } from './request.ts';

/** Sends the 1xx of one request's servers on to the client; HTTP/1.0 does not know them (RFC 9110 §15.2). */
export class InterimResponses {
  readonly #to: ServerResponse;
  readonly #version: RequestHead['version'];
  #hasContinued = false;

  constructor(to: ServerResponse, { version }: RequestHead) {
    this.#to = to;
    this.#version = version;
  }

  relay(info: InformationEvent): void {
    const to = this.#to;
    if (this.#version === '1.0' || to.headersSent) return;
    // A 1xx knows no back-pressure: for a client that does not read, a flood of them would pile up here.
    if (to.socket?.writableNeedDrain === true) return;
    if (info.statusCode === 100) {
      // The server of a retry says it again; the client is sending by then.
      if (!this.#hasContinued) to.writeContinue();
      this.#hasContinued = true;
      return;
    }
    // Node before 26 can only write some of them.
    if (typeof to.writeInformation !== 'function') return;
    const context = {
      status: info.statusCode,
      clientVersion: this.#version,
      upgrade: null,
      setCookie: null,
    };
    to.writeInformation(info.statusCode, responseFields(info.rawHeaders, context));
  }
}
