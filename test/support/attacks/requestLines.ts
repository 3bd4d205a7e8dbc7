import { SMUGGLED, REFUSED, REFUSED_OR_FORWARDED, get, line, attacks, type Attack } from './attack.ts';

/** First lines: versions, spaces, methods, other protocols. */
export const requestLines: readonly Attack[] = [
  ...attacks(
    'version',
    [400, 505],
    [
      'HTTP/0.9',
      'HTTP/1.2',
      'HTTP/2.0',
      'HTTP/2',
      'HTTP/3.0',
      'HTTP/1.10',
      'HTTP/11',
      'HTTP/1',
      'HTTP/1.',
      'HTTP/.1',
    ]
      .concat([
        'HTTP/01.1',
        'HTTP/1,1',
        'HTTP/1.1.',
        'HTTP/+1.1',
        'http/1.1',
        'HTTPS/1.1',
        'HTTQ/1.1',
        'RTSP/1.0',
      ])
      .concat([
        'ICE/1.0',
        'SIP/2.0',
        '1.1',
        'HTTP',
        'HTTP/',
        'HTTP /1.1',
        'HTTP/ 1.1',
        'HTTP/1.1 x',
        'HTTP/1.1x',
      ]),
    (version) => line(`GET /x ${version}`),
  ),
  ...attacks(
    'first line',
    [400, 505],
    ['GET /x', 'GET', 'GET ', '/x', 'GET /x ', 'GET  HTTP/1.1', 'x'],
    (text) => line(text),
  ),
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', safe: [400, 505] },
  { name: 'a request of HTTP/0.9', bytes: 'GET /x\r\n\r\n', safe: [400, 505] },
  { name: 'an HTTP/1.1 request within HTTP/0.9', bytes: `GET /x\r\n${SMUGGLED}`, safe: [400, 505] },
  { name: 'a TLS hello', bytes: '\x16\x03\x01\0\x05\x01\0\0\x01\0\r\n\r\n', safe: [400, 'closed'] },
  { name: 'a response', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', safe: [400, 505] },
  ...attacks(
    'spaces in the first line:',
    REFUSED,
    ['GET  /x HTTP/1.1', 'GET /x  HTTP/1.1', ' GET /x HTTP/1.1', '\tGET /x HTTP/1.1', 'GET\t/x HTTP/1.1']
      .concat([
        'GET /x\tHTTP/1.1',
        'GET /x HTTP/1.1 ',
        'GET /x HTTP/1.1\t',
        'GET /x /smuggled HTTP/1.1',
        'GET\x0b/x HTTP/1.1',
      ])
      .concat(['GET /x\x0cHTTP/1.1', 'GET /x\r HTTP/1.1', 'GET\xa0/x HTTP/1.1', 'GET /x\xa0HTTP/1.1']),
    line,
  ),
  ...attacks(
    'method',
    [400, 405, 501],
    ['G@T', 'GE(T', 'G\0T', 'G"T', 'G/T', 'G:T', 'G{T', 'GET\x7f', 'GÄT', '\xef\xbb\xbfGET', ''],
    (method) => line(`${method} /x HTTP/1.1`),
  ),
  ...attacks(
    'method',
    [400, 405, 501, 'forwarded'],
    ['get', 'FOO', 'X'.repeat(200), 'PRI', "!#$%&'*+-.^_`|~"],
    (method) => line(`${method} /x HTTP/1.1`),
  ),
];

/** CR and LF where they end no line, or alone. */
export const lineEnds: readonly Attack[] = [
  { name: 'bare LF after the first line', bytes: 'GET /x HTTP/1.1\nHost: a.test\r\n\r\n', safe: REFUSED },
  { name: 'bare LF after a field', bytes: 'GET /x HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n', safe: REFUSED },
  { name: 'bare LF everywhere', bytes: 'GET /x HTTP/1.1\nHost: a.test\n\n', safe: REFUSED },
  {
    name: 'bare LF as the last line',
    bytes: 'GET /x HTTP/1.1\r\nHost: a.test\r\n\nX: y\r\n\r\n',
    safe: REFUSED,
  },
  { name: 'bare CR after the first line', bytes: 'GET /x HTTP/1.1\rHost: a.test\r\n\r\n', safe: REFUSED },
  { name: 'bare CR after a field', bytes: 'GET /x HTTP/1.1\r\nHost: a.test\rX: y\r\n\r\n', safe: REFUSED },
  {
    name: 'bare CR as the last line',
    bytes: 'GET /x HTTP/1.1\r\nHost: a.test\r\n\rX: y\r\n\r\n',
    safe: REFUSED,
  },
  { name: 'CR CR LF', bytes: 'GET /x HTTP/1.1\r\nHost: a.test\r\r\nX: y\r\n\r\n', safe: REFUSED },
  {
    name: 'LF before the request',
    bytes: '\nGET /x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    safe: REFUSED_OR_FORWARDED,
  },
  {
    name: 'CR before the request',
    bytes: '\rGET /x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    safe: REFUSED_OR_FORWARDED,
  },
  { name: 'NUL before the request', bytes: '\0GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n', safe: REFUSED },
  { name: 'bare LF within a value', bytes: get('X-Odd: a\nX-Injected: b'), safe: REFUSED },
  { name: 'bare CR within a value', bytes: get('X-Odd: a\rX-Injected: b'), safe: REFUSED },
  { name: 'bare CR at the end of a value', bytes: get('X-Odd: a\r'), safe: REFUSED },
];
