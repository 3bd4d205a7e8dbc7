import { readHead, type ParsedHead, type RequestHead } from '../../../src/proxy/request.ts';
import type { Failure } from '../../../src/proxy/failure.ts';

/** Alternating names and values from lines such as `Host: a.test`. */
export function fieldsOf(...lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}

/** Lines such as `Host: a.test` from alternating names and values. */
export function linesOf(fields: readonly string[]): readonly string[] {
  return fields.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${fields[i + 1]}`] : []));
}

/** `GET / HTTP/1.1` with `Host: a.test`, but for what is given. */
export function parsedHead(given: Partial<ParsedHead> = {}): ParsedHead {
  return { method: 'GET', target: '/', version: '1.1', fields: fieldsOf('Host: a.test'), ...given };
}

/** A head that is right, read; throws where it is not. */
export function headOf(given: Partial<ParsedHead> = {}): RequestHead {
  const head = readHead(parsedHead(given));
  if ('kind' in head) throw new Error(head.detail);
  return head;
}

/** The failure that a head is; throws where it is right. */
export function failureOf(given: Partial<ParsedHead>): Failure {
  const head = readHead(parsedHead(given));
  if (!('kind' in head)) throw new Error('the head was accepted');
  return head;
}
