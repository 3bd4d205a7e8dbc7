import type { Socket } from 'node:net';
import type { Account } from '../account.ts';
import type { ByteWriter } from './byteWriter.ts';
import type { OutgoingBody } from './outgoingBody.ts';

/** How much of a body that nobody wants is still read, so that its sender gets the answer instead of a reset; as on the full lane. */
const DRAIN_BYTES = 1_048_576;
const DRAIN_MS = 2_000;
const NOTHING = Buffer.alloc(0);

/** Whose request ends. */
export interface EndingClient {
  readonly socket: Socket;
  /** Closes its connection. */
  close(): void;
  /** Has `expired` called if nothing happens for so long; 0: never. */
  awaitFor(ms: number): void;
  /** The client has all of its answer, and nothing is left of its request. */
  over(): void;
}

/**
 * The end of a request whose response is written: what has not come of its body is read and dropped, and the client reads what it has
 * not read yet. Then the account is closed.
 */
export class Ending {
  readonly #client: EndingClient;
  readonly #account: Account;
  /** What is still to come of the request; null: nothing. */
  #body: OutgoingBody | null;
  #dropped = 0;

  constructor(client: EndingClient, account: Account, body: OutgoingBody | null) {
    this.#client = client;
    this.#account = account;
    this.#body = body === null || body.isDone ? null : body;
  }

  /** `silenceMs`: how long the client may take to read more. */
  start(silenceMs: number): void {
    const { socket } = this.#client;
    if (this.#body !== null) {
      // The response is complete, whatever becomes of the rest.
      if (socket.writableLength === 0) this.#account.close(true);
      this.#client.awaitFor(DRAIN_MS);
    } else if (socket.writableLength === 0) this.#finish();
    else {
      this.#client.awaitFor(silenceMs);
      // Called when all that was written before is on its way.
      socket.write(NOTHING, () => this.#finish());
    }
  }

  /** Whether all that is left is that the client reads. */
  get isRead(): boolean {
    return this.#body === null;
  }

  /** Drops what belongs to the body of these bytes. Returns where the rest begins. */
  drop(bytes: Buffer, writer: ByteWriter, silenceMs: number): number {
    const body = this.#body;
    if (body === null) return 0;
    const rest = body.pass(bytes, 0, bytes.length, writer);
    writer.discard();
    this.#dropped += rest;
    if (body.isDone) {
      this.#body = null;
      this.start(silenceMs);
    } else if (body.isBad || this.#dropped > DRAIN_BYTES) this.#client.close();
    return rest;
  }

  /** The client is gone. */
  clientLeft(): void {
    this.#account.close(false);
  }

  #finish(): void {
    if (this.#client.socket.destroyed) return;
    this.#account.close(true);
    this.#client.over();
  }
}
