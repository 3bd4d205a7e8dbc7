import type { Backend, Route, Table } from '../model/table.ts';
import { MatcherBuilder, type Matcher } from './matcher.ts';

/**
 * A table as bytes that two threads can share: lines of JSON, so that they can be read a few at a time. The first is the
 * `Header`, then one for each backend, then one for each route.
 */
interface Header {
  readonly id: string;
  readonly backends: number;
  readonly routes: number;
}

/** A table and the matcher made of it. */
export interface DecodedTable {
  readonly table: Table;
  readonly matcher: Matcher;
}

const NEWLINE = 10;

/** Writes a table into shared memory, once for all threads that read it. */
export function encodeTable(table: Table): SharedArrayBuffer {
  const header: Header = { id: table.id, backends: table.backends.length, routes: table.routes.length };
  const lines = [header, ...table.backends, ...table.routes].map((line) => `${JSON.stringify(line)}\n`);
  const text = lines.join('');
  const bytes = new SharedArrayBuffer(Buffer.byteLength(text));
  Buffer.from(bytes).write(text);
  return bytes;
}

/**
 * Reads what `encodeTable` wrote and builds the matcher, in slices of about `sliceMs` milliseconds with a call of
 * `yieldToLoop` between them; a slice in which the matcher grows or garbage is collected takes longer. Throws on bytes that are not a whole table: a bug.
 */
export async function decodeTable(
  bytes: SharedArrayBuffer,
  yieldToLoop: () => Promise<void>,
  sliceMs = 1,
): Promise<DecodedTable> {
  const lines = new LineReader(bytes);
  const builder = new MatcherBuilder();
  const backends: Backend[] = [];
  const routes: Route[] = [];
  let sliceEnd = performance.now() + sliceMs;

  const { id, ...count } = lines.header();
  while (backends.length < count.backends || routes.length < count.routes) {
    if (backends.length < count.backends) {
      const backend = lines.backend();
      backends.push(backend);
      builder.addBackend(backend);
    } else {
      const route = lines.route();
      routes.push(route);
      builder.addRoute(route);
    }
    if (performance.now() >= sliceEnd) {
      await yieldToLoop();
      sliceEnd = performance.now() + sliceMs;
    }
  }
  return { table: { id, routes, backends }, matcher: builder.finish() };
}

/** Reads one line at a time. It was written by `encodeTable` from a `Table`, so its shape needs no check. */
class LineReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: SharedArrayBuffer) {
    this.#bytes = Buffer.from(bytes);
  }

  header(): Header {
    return JSON.parse(this.#line());
  }

  backend(): Backend {
    return JSON.parse(this.#line());
  }

  route(): Route {
    return JSON.parse(this.#line());
  }

  #line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.#position);
    if (end === -1)
      throw new Error(`The bytes of a table end in the middle, after ${this.#bytes.length} bytes.`);
    const line = this.#bytes.toString('utf8', this.#position, end);
    this.#position = end + 1;
    return line;
  }
}
