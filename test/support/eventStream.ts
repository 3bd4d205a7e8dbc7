import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import type { LiveEvents } from '../../src/admin/liveEvents.ts';
import { cleanup, type Lifetime } from './cleanup.ts';
import { Watch } from './watch.ts';

/** For a second of statistics, on a machine that has other things to do; a passing test never waits it out. */
const PATIENCE_MS = 20_000;

type Name = keyof LiveEvents;

/** An event as it came. */
export interface Received<K extends Name = Name> {
  readonly event: K;
  readonly id: string | null;
  /** Its JSON, parsed and taken to be what it should. */
  readonly data: LiveEvents[K];
}

/** A client of `GET /api/events`, strict about what server-sent events may look like. It is closed when the test ends. */
export class EventReader {
  readonly response: IncomingMessage;
  readonly events: Received[] = [];
  /** As the stream wants it to be. */
  retryMs: number | null = null;
  isClosed = false;
  readonly #watch = new Watch();
  #text = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    response.on('error', () => {});
    response.on('close', () => {
      this.isClosed = true;
      this.#watch.changed();
    });
  }

  static async open(
    t: Lifetime,
    port: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path: '/api/events', headers, agent: false });
      cleanup(t, () => asked.destroy());
      asked.on('error', reject).on('response', resolve).end();
    });
    assert.equal(response.statusCode, 200);
    return new EventReader(response);
  }

  named<K extends Name>(event: K): readonly Received<K>[] {
    return this.events.filter((each): each is Received<K> => each.event === event);
  }

  /** Waits for the nth event of this name, from 0. */
  nth<K extends Name>(event: K, n = 0): Promise<Received<K>> {
    return this.#until(`event ${n} named ${event}`, () => this.named(event)[n]);
  }

  /** Waits for an event of this name of which that holds. */
  where<K extends Name>(event: K, holds: (data: LiveEvents[K]) => boolean): Promise<Received<K>> {
    return this.#until(`such an event named ${event}`, () =>
      this.named(event).find(({ data }) => holds(data)),
    );
  }

  closed(): Promise<true> {
    return this.#until('end', () => (this.isClosed ? true : undefined));
  }

  #until<T>(what: string, read: () => T | undefined): Promise<T> {
    return this.#watch.until(what, read, () => JSON.stringify(this.events.slice(-20)), PATIENCE_MS);
  }

  #take(text: string): void {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.#read(block.split('\n'));
    this.#watch.changed();
  }

  #read(lines: readonly string[]): void {
    const fields = new Map(
      lines.map((line) => {
        const [, name = '', value = ''] = /^([a-z]+): (.*)$/s.exec(line) ?? assert.fail(`a line is ${line}`);
        return [name, value] as const;
      }),
    );
    assert.equal(fields.size, lines.length, 'a field is there twice');
    const retry = fields.get('retry');
    if (retry !== undefined) {
      assert.equal(lines.length, 1);
      this.retryMs = Number(retry);
      return;
    }
    const { event = '', data = '', id = null } = Object.fromEntries(fields);
    this.events.push({ event: event as Name, id, data: JSON.parse(data) });
  }
}
