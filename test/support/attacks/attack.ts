/** What a proxy may safely do: refuse with this status and close, forward exactly once and well-formed, or close without a word. */
export type SafeOutcome = number | 'forwarded' | 'closed';

/** Bytes that some proxy or server somewhere reads differently from its neighbour. */
export interface Attack {
  readonly name: string;
  /** Latin-1. */
  readonly bytes: string;
  readonly safe: readonly SafeOutcome[];
}

/** A request that must never be seen at a server, since it is part of another one. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';

/** Where there is nothing to choose. */
export const REFUSED = [400] as const;
/** Where the contract leaves it open. */
export const REFUSED_OR_FORWARDED = [400, 'forwarded'] as const;
/** A body that is no request, but whose rest is one. */
export const WHOLE = `hello${SMUGGLED}`;
/** A chunked body. */
export const BODY = '5\r\nhello\r\n0\r\n\r\n';

/** A head with any line ends and any lines in it. */
export function head(line: string, ...fields: readonly string[]): string {
  return `${[line, ...fields].join('\r\n')}\r\n\r\n`;
}

/** A GET that is well-formed but for these fields. */
export function get(...fields: readonly string[]): string {
  return head('GET /x HTTP/1.1', 'Host: a.test', ...fields);
}

/** A request that is well-formed but for its first line. */
export function line(requestLine: string): string {
  return head(requestLine, 'Host: a.test');
}

/** A POST that is well-formed but for these fields and its body. */
export function post(fields: readonly string[], body: string): string {
  return head('POST /x HTTP/1.1', 'Host: a.test', ...fields) + body;
}

/** A POST that is well-formed but for its chunks. */
export function chunked(body: string): string {
  return post(['Transfer-Encoding: chunked'], body);
}

function name(bytes: string): string {
  return JSON.stringify(bytes.length > 60 ? `${bytes.slice(0, 57)}...` : bytes);
}

/** One attack for each value. */
export function attacks(
  what: string,
  safe: readonly SafeOutcome[],
  values: readonly string[],
  build: (value: string) => string,
): readonly Attack[] {
  return values.map((value) => ({ name: `${what} ${name(value)}`, bytes: build(value), safe }));
}

/** Every control byte but those that end lines, and tab where asked for. */
export function controls(exceptTab: boolean): readonly string[] {
  const codes = [...Array(32).keys(), 127].filter((code) => code !== 10 && code !== 13);
  return codes.filter((code) => !exceptTab || code !== 9).map((code) => String.fromCharCode(code));
}
