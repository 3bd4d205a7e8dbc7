import {
  WHOLE,
  BODY,
  REFUSED,
  REFUSED_OR_FORWARDED,
  head,
  get,
  post,
  attacks,
  controls,
  type Attack,
} from './attack.ts';

/** Field lines that are none. */
export const fields: readonly Attack[] = [
  ...attacks(
    'space around a name:',
    REFUSED,
    ['X : y', 'X\t: y', ' X: y', '\tX: y', 'X Y: z', 'X\x0b: y'],
    (field) => get('First: 1', field),
  ),
  ...attacks('no name:', REFUSED, [': y', ':', ' : y'], (field) => get(field)),
  ...attacks('no colon:', REFUSED, ['X', 'X y', 'X=y', 'GET /smuggled HTTP/1.1'], (field) => get(field)),
  ...attacks('folded:', REFUSED, [' y', '\ty', ' ', ' Transfer-Encoding: chunked'], (fold) =>
    get('X: x', fold),
  ),
  ...attacks('folded first:', REFUSED, [' Host: a.test', '\tX: y'], (fold) =>
    head('GET /x HTTP/1.1', fold, 'Host: a.test'),
  ),
  ...attacks('control byte in a value:', REFUSED, controls(true), (byte) => get(`X-Odd: a${byte}b`)),
  ...attacks('control byte in a name:', REFUSED, controls(false), (byte) => get(`X${byte}Odd: a`)),
  ...attacks('no character of a name:', REFUSED, Array.from('(),/;<=>?@[\\]{}"\x80\xff'), (byte) =>
    get(`X${byte}Odd: a`),
  ),
  {
    name: 'a field of every visible byte',
    bytes: get('X-Odd: !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\xff'),
    safe: ['forwarded'],
  },
];

/** Upgrades with bodies, of old versions, to unknown protocols. */
export const upgrades: readonly Attack[] = [
  {
    name: 'a WebSocket with a body by length',
    bytes: get('Connection: Upgrade', 'Upgrade: websocket', `Content-Length: ${WHOLE.length}`) + WHOLE,
    safe: [400, 501, 'forwarded'],
  },
  {
    name: 'a WebSocket with a chunked body',
    bytes: get('Connection: Upgrade', 'Upgrade: websocket', 'Transfer-Encoding: chunked') + BODY,
    safe: [400, 501, 'forwarded'],
  },
  {
    name: 'a WebSocket by POST',
    bytes: head(
      'POST /x HTTP/1.1',
      'Host: a.test',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Content-Length: 0',
    ),
    safe: [400, 501, 'forwarded'],
  },
  {
    name: 'a WebSocket in HTTP/1.0',
    bytes: head('GET /x HTTP/1.0', 'Host: a.test', 'Connection: Upgrade', 'Upgrade: websocket'),
    safe: [400, 501, 'forwarded'],
  },
  ...attacks(
    'Upgrade',
    [400, 501, 'forwarded'],
    ['h2c', 'HTTP/2.0', 'h2c, h2', '', ',', 'TLS/1.0', 'websocket\x0b', 'x'.repeat(5_000)],
    (protocol) => get('Connection: Upgrade, HTTP2-Settings', `Upgrade: ${protocol}`, 'HTTP2-Settings: x'),
  ),
];

/** Well-formed heads that ask for too much. */
export const rest: readonly Attack[] = [
  ...attacks(
    'Expect',
    [417],
    ['x', '100-continued', '200-ok', '100 continue', '"100-continue"'],
    (expectation) => post([`Expect: ${expectation}`, `Content-Length: ${WHOLE.length}`], WHOLE),
  ),
  ...attacks(
    'two expectations:',
    [400, 417],
    ['100-continue, x', '100-continue\r\nExpect: x'],
    (expectation) => post([`Expect: ${expectation}`, `Content-Length: ${WHOLE.length}`], WHOLE),
  ),
  {
    name: 'Expect in HTTP/1.0',
    bytes:
      head('POST /x HTTP/1.0', 'Host: a.test', 'Expect: 100-continue', `Content-Length: ${WHOLE.length}`) +
      WHOLE,
    safe: [400, 417, 'forwarded'],
  },
  {
    name: 'Max-Forwards of zero on TRACE',
    bytes: head('TRACE /x HTTP/1.1', 'Host: a.test', 'Max-Forwards: 0'),
    safe: [200, 405, 501, 'forwarded'],
  },
  {
    name: 'a range of a million parts',
    bytes: get(`Range: bytes=${'0-,'.repeat(1_000)}`),
    safe: [400, 431, 'forwarded'],
  },
  {
    name: 'a Connection of a thousand tokens',
    bytes: get(`Connection: ${'a,'.repeat(1_000)}`),
    safe: [400, 431, 'forwarded'],
  },
  {
    name: 'Connection with no token',
    bytes: get('Connection: ,, ,', 'Connection:'),
    safe: REFUSED_OR_FORWARDED,
  },
];
