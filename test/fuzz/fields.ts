import { STICKY } from './case.ts';
import type { Random } from './random.ts';
import { hostFrom } from './targets.ts';
import { STICKY_COOKIE } from './tables.ts';

/** Fields of everyday requests. */
const COMMON = [
  'Accept: */*',
  'accept-encoding: gzip, br',
  'User-Agent: curl/8.0',
  'Authorization: Bearer abc',
  'Content-Type: text/plain',
  'COOKIE: a=b; c=d',
  'Cache-Control: no-cache',
  'X-Kind: odd',
  'x-kind: even',
  'Origin: http://a.test',
  'Referer: http://a.test/?x=y',
  'If-None-Match: "x"',
  'Range: bytes=0-1',
  'X-Empty:',
  'X-Long-Name-Of-A-Field: 1',
  'Date: Sun, 06 Nov 1994 08:49:37 GMT',
];

/** Fields that a proxy does something about. */
const SPECIAL = [
  'Connection: keep-alive',
  'Connection: close',
  'connection: Close',
  'Connection: X-Kind',
  'Connection: x-kind, Accept , ,Host',
  'Connection: close, X-Empty',
  'Connection: Content-Length, Transfer-Encoding, Cookie',
  'Connection: X-Forwarded-For, X-Request-Id, X-Forwarded-Prefix',
  'Connection: ',
  'Connection: "close"',
  'Keep-Alive: timeout=5, max=10',
  'Proxy-Connection: keep-alive',
  'Proxy-Authorization: Basic eA==',
  'Proxy: http://evil.test',
  'TE: trailers',
  'TE: gzip;q=1',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'Upgrade: websocket',
  'HTTP2-Settings: AAA',
  'X-Forwarded-For: 10.1.2.3',
  'X-Forwarded-For: 10.1.2.3, 10.4.5.6',
  'x-forwarded-for:',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: other.test',
  'X-Forwarded-Port: 8443',
  'X-Forwarded-Server: other',
  'X-Forwarded-Prefix: /fake',
  'X-Forwarded-Other: 1',
  'X-Real-Ip: 10.7.8.9',
  'X-Request-Id: given-by-the-client',
  'X-Request-Id: with space',
  'Forwarded: for=10.1.2.3',
  'X_Forwarded_For: 10.1.2.3',
  'X-Forwarded_For: 10.1.2.3',
  'x_real_ip: 1',
  'X_Kind: odd',
  'Content-Length_: 5',
  'Max-Forwards: 0',
  'Via: 1.0 other',
  'Set-Cookie: a=b',
  'Expect: 200-ok',
  'Expect: ',
  `Cookie: ${STICKY_COOKIE}=${STICKY[0]}`,
  `Cookie: x=y; ${STICKY_COOKIE}="${STICKY[1]}"`,
  `Cookie: ${STICKY_COOKIE}=nobody; ${STICKY_COOKIE}=${STICKY[1]}`,
  `cookie: ${STICKY_COOKIE}`,
];

/** Lines that are no fields, or that readers differ about. */
const ODD = [
  'X-Odd : 1',
  ' X-Odd: 1',
  '\tX-Odd: 1',
  'X-Odd: 1\r\n folded',
  'X-Odd: 1\r\n\tfolded',
  'X-Odd',
  ': 1',
  'X Odd: 1',
  'X-Odd: a\0b',
  'X-Odd: a\x01b',
  'X-Odd: a\x7fb',
  'X-Odd: a\rb',
  'X-Odd: a\nb',
  'X-Odd: 1\nX-Other: 2',
  'X\xe4: 1',
  'X(Odd): 1',
  'X-Odd\0: 1',
  'Host: a.test',
  'Host: b.test',
  'host : b.test',
  'Content-Length: 0',
  'Content-Length: 3',
  'Content-Length : 3',
  'Content-Length: 3, 3',
  'Content-Length: +3',
  'Content-Length: 0x3',
  'Content-Length: 9999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: ',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding : chunked',
  'Transfer_Encoding: chunked',
];

const VALUES = [
  '',
  ' ',
  'a',
  '\xff\xfe',
  'a, b',
  ' a',
  'a ',
  'a  b',
  '\ta\t',
  'a\tb',
  '"x',
  ':',
  '::',
  '=',
  'ä',
  '%00',
];

/** Fields of a request besides Host and framing, each with its line end. */
export function fieldsFrom(random: Random): string[] {
  const lines: string[] = [];
  const count = random.weighted([
    [6, 0],
    [6, 2],
    [4, 5],
    [1, 12],
  ]);
  for (let i = 0; i < count; i += 1) lines.push(oneFrom(random));
  if (random.percent(1)) lines.push(...many(random));
  if (random.percent(1.5)) lines.push(long(random));
  if (random.percent(1.5)) lines.push('Connection: Upgrade', 'Upgrade: websocket');
  return lines.map((line) => `${line}\r\n`);
}

function oneFrom(random: Random): string {
  return random.weighted<() => string>([
    [60, () => random.pick(COMMON)],
    [30, () => random.pick(SPECIAL)],
    [
      12,
      () => `${random.pick(['X-Any', 'x-any', 'X-ANY', "!#$%&'*+-.^_`|~", 'X-Other'])}:${spacedFrom(random)}`,
    ],
    [1, () => random.pick(ODD)],
  ])();
}

function spacedFrom(random: Random): string {
  return `${random.pick(['', ' ', '  ', '\t', ' \t '])}${random.pick(VALUES)}${random.pick(['', '', ' ', '\t'])}`;
}

/** About as many fields as there may be. */
function many(random: Random): string[] {
  return Array.from({ length: random.pick([50, 94, 97, 98, 99, 100, 101, 120]) }, (_, i) => `X-${i}: ${i}`);
}

/** A field about as long as a head may be. */
function long(random: Random): string {
  const length = random.pick([
    200, 700, 850, 900, 950, 970, 1_000, 1_100, 4_000, 16_000, 16_200, 16_300, 17_000,
  ]);
  return `X-Long: ${'y'.repeat(length - random.below(30))}`;
}

/** The Host lines of a request: nearly always one. */
export function hostLinesFrom(random: Random): string[] {
  const line = (): string =>
    `${random.pick(['Host', 'Host', 'Host', 'host', 'HOST'])}:${random.pick([' ', ' ', ' ', '', '\t'])}${hostFrom(random)}\r\n`;
  if (random.percent(1)) return [];
  return random.percent(1) ? [line(), line()] : [line()];
}
