import type { Framing, ParsedHead, RequestHead } from '../request.ts';
import type { RequestScanner } from './requestScanner.ts';

const NO_OPTIONS: readonly string[] = [];

/**
 * A request head that the scanner has found whole. Its fields stay bytes until somebody asks for them, which for most
 * requests nobody does.
 */
export class FastHead implements RequestHead, ParsedHead {
  readonly method: string;
  readonly version = '1.1';
  readonly target: string;
  readonly path: string;
  readonly authority: string;
  readonly host: string;
  readonly framing: Framing;
  readonly contentLength: number;
  /** Those that are no fields' names, which is all that the scanner lets through. */
  readonly connectionOptions = NO_OPTIONS;
  readonly expectation = '';
  readonly claimsToForward: boolean;
  readonly #bytes: Buffer;
  readonly #fieldsAt: number;
  readonly #fieldsEnd: number;
  #fields: readonly string[] | null = null;

  /** `bytes`: what was scanned; they must not change while the head is in use. */
  constructor(scanner: RequestScanner, bytes: Buffer, host: string) {
    const { target } = scanner;
    const queryAt = target.indexOf('?');
    this.method = scanner.method;
    this.target = target;
    this.path = queryAt === -1 ? target : target.slice(0, queryAt);
    this.authority = scanner.authority;
    this.host = host;
    this.framing = scanner.framing;
    this.contentLength = scanner.contentLength;
    this.claimsToForward = scanner.claimsToForward;
    this.#bytes = bytes;
    this.#fieldsAt = scanner.fieldsAt;
    this.#fieldsEnd = scanner.fieldsEnd;
  }

  get fields(): readonly string[] {
    this.#fields ??= fieldsIn(this.#bytes, this.#fieldsAt, this.#fieldsEnd);
    return this.#fields;
  }
}

/** Alternating names and values of well-formed lines, as Node's parser gives them: without white space around values. */
export function fieldsIn(bytes: Buffer, from: number, to: number): readonly string[] {
  const fields: string[] = [];
  if (from === to) return fields;
  for (const line of bytes.toString('latin1', from, to - 2).split('\r\n')) {
    const colon = line.indexOf(':');
    fields.push(line.slice(0, colon), line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, ''));
  }
  return fields;
}
