/** One line of a head or of trailers, spelled as it was received. */
export type Field = readonly [name: string, value: string];

/** How the end of a body is told (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }
  /** What follows the head is not HTTP any more (101). */
  | { readonly kind: 'tunnel' };

export interface Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** The bytes as they came, as Latin-1. */
  readonly text: string;
}

/** The peer sent something that a strict reader of RFC 9112 must not accept. */
export class ProtocolViolation extends Error {}

/** A request or response as it arrives: `body`, `trailers` and `complete` grow with what was read. */
export class Message implements Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
  readonly text: string;
  readonly framing: Framing;
  trailers: readonly Field[] = [];
  complete = false;
  bodyLength = 0;
  readonly #chunks: Buffer[] = [];

  constructor(head: Head, framing: Framing) {
    this.startLine = head.startLine;
    this.fields = head.fields;
    this.text = head.text;
    this.framing = framing;
  }

  append(bytes: Buffer, keep: boolean): void {
    this.bodyLength += bytes.length;
    if (keep) this.#chunks.push(bytes);
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get bodyText(): string {
    return this.body.toString('latin1');
  }

  /** Every value of a field, in order; the name without regard to case. */
  all(name: string): readonly string[] {
    return valuesOf(this.fields, name);
  }

  /** The value of a field that occurs at most once. */
  get(name: string): string | undefined {
    const values = this.all(name);
    if (values.length > 1) throw new ProtocolViolation(`${name} occurs ${values.length} times: ${this.text}`);
    return values[0];
  }
}

export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** Joins lines of a head; a body is appended as it is. */
export function headOf(startLine: string, fields: readonly Field[]): string {
  return `${[startLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
}

const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/** Parses field lines without their line ends; throws a `ProtocolViolation`. */
export function parseFields(lines: readonly string[]): readonly Field[] {
  return lines.map((line) => {
    const match = FIELD_LINE.exec(line);
    if (match === null) throw new ProtocolViolation(`not a field line: ${JSON.stringify(line)}`);
    return [match[1]!, match[2]!];
  });
}

/** Parses a head, its last empty line included; throws a `ProtocolViolation`. */
export function parseHead(bytes: Buffer): Head {
  const text = bytes.toString('latin1');
  const [startLine, ...lines] = text.slice(0, -4).split('\r\n');
  if (/[\r\n\0]/.test(startLine!))
    throw new ProtocolViolation(`control byte in ${JSON.stringify(startLine)}`);
  return { startLine: startLine!, fields: parseFields(lines), text };
}

/** The framing that Content-Length and Transfer-Encoding declare; null where there is neither. Anything ambiguous throws. */
export function declaredFraming(head: Head): Framing | null {
  const lengths = valuesOf(head.fields, 'content-length');
  const codings = valuesOf(head.fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new ProtocolViolation(`framed twice: ${head.text}`);
  const [length] = lengths;
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding !== 'chunked') throw new ProtocolViolation(`Transfer-Encoding: ${coding}`);
    return { kind: 'chunked' };
  }
  if (length === undefined) return null;
  if (!/^\d{1,15}$/.test(length)) throw new ProtocolViolation(`Content-Length: ${length}`);
  return { kind: 'length', length: Number(length) };
}
