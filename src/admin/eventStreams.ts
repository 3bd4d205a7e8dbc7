import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorAnswer, type Answer, type EndlessAnswer } from './answers.ts';
import type { LiveEvents } from './liveEvents.ts';

/** More than all who look at a balancer at a time; others are answered 503. */
const MAX_STREAMS = 100;
/** What may wait for a stream that does not read; one that lets more wait is cut. */
const MAX_WAITING_BYTES = 1_000_000;
/** Milliseconds after which a browser connects again. */
const RETRY = Buffer.from('retry: 2000\n\n');

export interface EventStreamsOptions {
  /** What a stream is told first. */
  readonly greeting: () => Buffer;
  /** There is a stream, where there was none. */
  readonly begun: () => void;
  /** There is none any more. */
  readonly ended: () => void;
}

/** An event as bytes: once for all streams. `data` becomes one line of JSON. */
export function eventFrame<K extends keyof LiveEvents>(
  event: K,
  data: LiveEvents[K],
  id: number | null = null,
): Buffer {
  const idLine = id === null ? '' : `id: ${id}\n`;
  return Buffer.from(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** The answer to `GET /api/events`. */
export function endlessAnswer(streams: EventStreams): EndlessAnswer {
  return {
    contentType: 'text/event-stream',
    // nginx would keep events back until it has a buffer full of them.
    fields: { 'X-Accel-Buffering': 'no' },
    refusal: () => streams.refusal,
    begin: (response) => streams.open(response),
  };
}

/** The open answers to `GET /api/events` (server-sent events, HTML §9.2), all of which are told the same. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #streams = new Set<ServerResponse>();
  /** Connections that have, or had, a stream. */
  readonly #connections = new WeakSet<Duplex>();
  #isStopped = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get areOpen(): boolean {
    return this.#streams.size > 0;
  }

  /** Whether a stream has begun on this connection: nothing else may be written to it then. */
  isOn(connection: Duplex): boolean {
    return this.#connections.has(connection);
  }

  /** Why there can be no other stream; null: there can. */
  get refusal(): Answer | null {
    if (this.#streams.size < MAX_STREAMS && !this.#isStopped) return null;
    const why = this.#isStopped ? 'the daemon is stopping' : `there are ${MAX_STREAMS} event streams already`;
    return errorAnswer(503, 'too-many-streams', why, { 'Retry-After': '2' });
  }

  /** Makes a stream of a response whose head is written, unless its client has left. */
  open(response: ServerResponse): void {
    // While its login was verified: nobody would ever hear again that it is gone.
    if (response.destroyed) return;
    const { socket } = response;
    if (socket !== null) this.#connections.add(socket);
    response.on('error', () => {});
    response.once('close', () => this.#left(response));
    this.#streams.add(response);
    response.write(RETRY);
    if (this.#streams.size === 1) this.#options.begun();
    this.#write(response, this.#options.greeting());
  }

  /** Tells all streams. */
  send(frame: Buffer): void {
    for (const response of this.#streams) this.#write(response, frame);
  }

  /** Tells the streams that have read what came before: for what is out of date with the next one. */
  sendToReaders(frame: Buffer): void {
    for (const response of this.#streams) {
      if (!response.writableNeedDrain) this.#write(response, frame);
    }
  }

  /** Ends all streams, once they have read what waits for them. */
  stop(): void {
    this.#isStopped = true;
    for (const response of this.#streams) {
      this.#left(response);
      response.end();
    }
  }

  #write(response: ServerResponse, frame: Buffer): void {
    response.write(frame);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  }

  #left(response: ServerResponse): void {
    if (this.#streams.delete(response) && this.#streams.size === 0) this.#options.ended();
  }
}
