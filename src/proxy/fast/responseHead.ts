import { responseFields } from '../fields.ts';
import type { ByteWriter } from './byteWriter.ts';
import { fieldsIn } from './fastHead.ts';
import type { ResponseScanner } from './responseScanner.ts';

/** What a client's response head has besides the server's fields. */
export interface Additions {
  /** The value of a `Set-Cookie`; null: none. */
  readonly setCookie: string | null;
  /** Whether the body goes on in chunks that the server did not make. */
  readonly chunked: boolean;
  /** Whether the connection ends with this response. */
  readonly closes: boolean;
}

const ONE = 0x31;
/** Where the minor version stands in `HTTP/1.x`. */
const MINOR_AT = 7;

/** Whether the client's head is the server's with lines left out: then `editHead` will do, else `writeHead`. */
export function isEditable({ isPlain }: ResponseScanner, { setCookie, chunked, closes }: Additions): boolean {
  return isPlain && setCookie === null && !chunked && !closes;
}

/**
 * Takes out of the bytes of a head that begins at `start`, as scanned last, the lines that are not sent on: what stands before each moves up, so
 * that head and body stay together. Returns where the head begins now.
 */
export function editHead({ cuts, cutCount }: ResponseScanner, bytes: Buffer, start: number): number {
  bytes[start + MINOR_AT] = ONE;
  let from = start;
  for (let cut = 0; cut < 2 * cutCount; cut += 2) {
    const cutAt = cuts[cut] as number;
    const length = (cuts[cut + 1] as number) - cutAt;
    bytes.copyWithin(from + length, from, cutAt);
    from += length;
  }
  return from;
}

/** Writes the head as the client gets it. */
export function writeHead(
  to: ByteWriter,
  scanner: ResponseScanner,
  bytes: Buffer,
  start: number,
  additions: Additions,
): void {
  if (scanner.isPlain) {
    const from = editHead(scanner, bytes, start);
    to.copy(bytes, from, scanner.fieldsEnd);
    if (additions.setCookie !== null) to.text(`Set-Cookie: ${additions.setCookie}\r\n`);
  } else {
    const { status, fieldsAt, fieldsEnd, reasonAt, reasonEnd } = scanner;
    const { setCookie } = additions;
    const fields = responseFields(fieldsIn(bytes, fieldsAt, fieldsEnd), {
      status,
      clientVersion: '1.1',
      upgrade: null,
      setCookie,
    });
    let text = `HTTP/1.1 ${status} ${bytes.toString('latin1', reasonAt, reasonEnd)}\r\n`;
    for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
    to.text(text);
  }
  if (additions.chunked) to.text('Transfer-Encoding: chunked\r\n');
  to.text(additions.closes ? 'Connection: close\r\n\r\n' : '\r\n');
}
