import {
  BODY,
  REFUSED,
  REFUSED_OR_FORWARDED,
  SMUGGLED,
  WHOLE,
  attacks,
  get,
  head,
  post,
  type Attack,
} from './attack.ts';

/** What no server may ever be told about a client. */
export const FORGED = '6.6.6.6';

const WHOLE_CHUNKED = `${WHOLE.length.toString(16)}\r\n${WHOLE}\r\n0\r\n\r\n`;
const SELDOM_WITH_BODY = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'];

/** Bodies of methods that seldom have one: a forwarder that drops their framing makes a next request of them. */
export const bodies: readonly Attack[] = [
  ...attacks(
    'a chunked body with',
    [400, 405, 501, 'forwarded'],
    SELDOM_WITH_BODY,
    (method) => head(`${method} /x HTTP/1.1`, 'Host: a.test', 'Transfer-Encoding: chunked') + WHOLE_CHUNKED,
  ),
  ...attacks(
    'a body by length with',
    [400, 405, 501, 'forwarded'],
    SELDOM_WITH_BODY,
    (method) => head(`${method} /x HTTP/1.1`, 'Host: a.test', `Content-Length: ${WHOLE.length}`) + WHOLE,
  ),
  ...attacks(
    'an expected chunked body with',
    [400, 405, 417, 501, 'forwarded'],
    SELDOM_WITH_BODY,
    (method) =>
      head(`${method} /x HTTP/1.1`, 'Host: a.test', 'Expect: 100-continue', 'Transfer-Encoding: chunked') +
      WHOLE_CHUNKED,
  ),
];

/** Bytes after a complete request: the next one, or nothing; never a part of this one. */
export const remains: readonly Attack[] = [
  ...attacks(
    'after a GET:',
    ['forwarded'],
    [
      'garbage\r\n\r\n',
      '\0\0\0\0',
      '\r\n\r\n\r\n',
      '0\r\n\r\n',
      'GET /half HTTP/1.1\r\nHo',
      'hello',
      '\x16\x03\x01',
    ],
    (rest) => get() + rest,
  ),
  ...attacks(
    'after a body by length:',
    ['forwarded'],
    ['garbage\r\n\r\n', ', world', '\r\n', '0\r\n\r\n', 'X: y\r\n\r\n'],
    (rest) => post(['Content-Length: 5'], 'hello') + rest,
  ),
  ...attacks(
    'after a chunked body:',
    ['forwarded'],
    ['garbage\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', '\r\n', 'X: y\r\n\r\n'],
    (rest) => post(['Transfer-Encoding: chunked'], BODY) + rest,
  ),
  ...attacks(
    'after a refused request:',
    REFUSED,
    [SMUGGLED, SMUGGLED.repeat(3), `\r\n${SMUGGLED}`],
    (rest) => get('X : y') + rest,
  ),
];

/** Connection fields that name what a proxy or server relies on, and other hop-by-hop fields. */
export const hops: readonly Attack[] = [
  ...attacks(
    'a body, and Connection:',
    REFUSED_OR_FORWARDED,
    [
      'Host',
      'Content-Length',
      'content-length, close',
      'X-Forwarded-For, X-Real-Ip',
      'Content-Type, Host',
      'Expect',
    ],
    (token) => post([`Connection: ${token}`, 'Content-Length: 5'], 'hello'),
  ),
  ...attacks(
    'hop-by-hop:',
    REFUSED_OR_FORWARDED,
    [
      'Connection: Upgrade',
      'Connection: keep-alive, close',
      'Connection: TE\r\nTE: trailers, chunked',
      'Keep-Alive: timeout=0, max=0',
      'Proxy-Connection: close',
      'Proxy-Authorization: Basic eDp5',
      'Trailer: Content-Length, Host',
      'TE: chunked',
    ],
    (field) => get(field),
  ),
];

/** What strangers say about themselves in fields that applications believe, in every spelling. */
export const forged: readonly Attack[] = attacks(
  'forged',
  REFUSED_OR_FORWARDED,
  [
    `X-Forwarded-For: ${FORGED}`,
    `x-forwarded-for: ${FORGED}\r\nX-FORWARDED-FOR: ${FORGED}`,
    `X_Forwarded_For: ${FORGED}`,
    `X-Forwarded_For: ${FORGED}`,
    `X-Forwarded-Host: ${FORGED}`,
    `X-Forwarded-Server: ${FORGED}`,
    `X-Forwarded-Proto: ${FORGED}`,
    `X-Forwarded-Port: ${FORGED}`,
    `X-Forwarded-Prefix: ${FORGED}`,
    `X-Real-Ip: ${FORGED}`,
    `X_Real_Ip: ${FORGED}`,
    `Forwarded: for=${FORGED}`,
    `X-Request-Id: ${FORGED}`,
    `Proxy: http://${FORGED}`,
    `Connection: X-Forwarded-For\r\nX-Forwarded-For: ${FORGED}`,
  ],
  (field) => get(field),
);

/** Heads that are too long, or of too many fields. */
export const excess: readonly Attack[] = [
  ...attacks('fields beside Host:', [400, 431], ['101', '500', '2001'], (count) =>
    get(...Array.from({ length: Number(count) }, (_, k) => `F${k}: v`)),
  ),
  {
    name: 'framing behind two thousand fields',
    bytes: post([...Array.from({ length: 2_000 }, (_, k) => `F${k}: v`), 'Transfer-Encoding: chunked'], BODY),
    safe: [400, 431],
  },
  { name: 'an overlong value', bytes: get(`X: ${'x'.repeat(70_000)}`), safe: [400, 431] },
  { name: 'an overlong name', bytes: get(`${'x'.repeat(70_000)}: y`), safe: [400, 431] },
  {
    name: 'an overlong target',
    bytes: head(`GET /${'x'.repeat(70_000)} HTTP/1.1`, 'Host: a.test'),
    safe: [400, 414, 431],
  },
  {
    name: 'an overlong method',
    bytes: head(`${'X'.repeat(70_000)} / HTTP/1.1`, 'Host: a.test'),
    safe: [400, 431, 501],
  },
  {
    name: 'an overlong Host',
    bytes: head('GET / HTTP/1.1', `Host: ${'a.'.repeat(5_000)}test`),
    safe: [400, 404, 431],
  },
];
