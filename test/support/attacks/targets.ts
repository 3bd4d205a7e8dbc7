import { REFUSED, REFUSED_OR_FORWARDED, head, get, line, attacks, controls, type Attack } from './attack.ts';

/** Targets that have no form of RFC 9112 section 3.2, or carry what no target may. */
export const targets: readonly Attack[] = [
  ...attacks('control byte in the target:', REFUSED, controls(false), (byte) =>
    line(`GET /x${byte}y HTTP/1.1`),
  ),
  ...attacks('bare line end in the target:', REFUSED, ['\r', '\n', '\n\n'], (end) =>
    line(`GET /x${end}y HTTP/1.1`),
  ),
  ...attacks(
    'byte beyond ASCII in the target:',
    REFUSED_OR_FORWARDED,
    ['\x80', '\xff', 'ä', '\xc0\xaf'],
    (byte) => line(`GET /${byte} HTTP/1.1`),
  ),
  ...attacks('fragment in the target', REFUSED_OR_FORWARDED, ['/x#y', '/#', '#'], (target) =>
    line(`GET ${target} HTTP/1.1`),
  ),
  ...attacks(
    'target',
    [400, 404],
    [
      '*',
      'x',
      'x/y',
      'a.test',
      'a.test:80',
      '?x',
      '\\x',
      '.',
      '../x',
      ':80/x',
      '@a.test/',
      's://]ufd/:',
      '://a.test/',
    ]
      .concat([
        'http:',
        'http:/',
        'http:/x',
        'http://',
        'http:///x',
        'http://:80/',
        'http://user@a.test/',
        'http://a.test@b.test/',
      ])
      .concat([
        'http://a.test:80:80/',
        'http://a.test:x/',
        'http://a.test:99999/',
        'http://a.test:-1/',
        'http://[::1/',
      ])
      .concat([
        'http://[/',
        'http://]/',
        'http://a.test\\@b.test/',
        'http://a.test,b.test/',
        'http://a b/',
        'http:a.test/x',
      ])
      .concat([
        'ftp://a.test/',
        'file:///etc/passwd',
        'javascript:x',
        'ws://a.test/',
        'http://%00/',
        'http://a.test%2f/',
      ]),
    (target) => line(`GET ${target} HTTP/1.1`),
  ),
  ...attacks(
    'target by another method:',
    [400, 404, 405, 501],
    [
      'PUT s://]ufd/:',
      'POST http://]/',
      'DELETE s://]ufd/:',
      'CONNECT a.test:80',
      'CONNECT /x',
      'OPTIONS s://]/',
    ],
    (text) => line(`${text} HTTP/1.1`),
  ),
  ...attacks(
    'target that differs from Host',
    REFUSED_OR_FORWARDED,
    ['b.test', 'a.test:81', 'a.test.b.test'],
    (host) => head('GET http://a.test/x HTTP/1.1', `Host: ${host}`),
  ),
  ...attacks(
    'target that is another host:',
    [400, 404],
    ['http://b.test/x', 'http://a.test.b.test/x'],
    (target) => line(`GET ${target} HTTP/1.1`),
  ),
  ...attacks(
    'scheme',
    REFUSED_OR_FORWARDED,
    ['https://a.test/x', 'http://a.test:/x', 'http://a.test:080/x'],
    (target) => line(`GET ${target} HTTP/1.1`),
  ),
  ...attacks('target beyond OPTIONS:', REFUSED, ['**', '*/', '*?x'], (target) =>
    line(`OPTIONS ${target} HTTP/1.1`),
  ),
];

/** Host missing, repeated, or not a host. */
export const hosts: readonly Attack[] = [
  { name: 'no Host', bytes: head('GET /x HTTP/1.1', 'X: y'), safe: REFUSED },
  { name: 'no field at all', bytes: 'GET /x HTTP/1.1\r\n\r\n', safe: REFUSED },
  { name: 'Host twice, the same', bytes: get('Host: a.test'), safe: REFUSED },
  { name: 'Host twice, another', bytes: get('Host: b.test'), safe: REFUSED },
  { name: 'Host twice in another case', bytes: get('hOST: b.test'), safe: REFUSED },
  { name: 'Host twice, one empty', bytes: get('Host:'), safe: REFUSED },
  { name: 'Host behind a fold', bytes: head('GET /x HTTP/1.1', 'Host:', ' a.test'), safe: REFUSED },
  {
    name: 'Host with a space before the colon',
    bytes: head('GET /x HTTP/1.1', 'Host : a.test'),
    safe: REFUSED,
  },
  ...attacks(
    'Host',
    REFUSED,
    [
      '',
      ' ',
      'a.test,b.test',
      'a.test, a.test',
      'user@a.test',
      '@a.test',
      'a.test/',
      'a.test/x',
      '/',
      'a.test?x',
    ]
      .concat([
        'a.test#x',
        'a.test b.test',
        'a.test\tb',
        'a.test\\x',
        'http://a.test',
        'a.test:80:80',
        'a.test:x',
        'a.test:-1',
      ])
      .concat([
        'a.test:99999',
        'a.test:+80',
        'a.test: 80',
        ':80',
        '[::1',
        '::1]',
        '[',
        '[]',
        '[::1]x',
        '[a.test]',
        '[::1]:x',
      ])
      .concat(['"a.test"', '<a.test>', 'a.test\0', '\x01', 'a.test\x7f', 'a|test', 'a^test', '{a.test}']),
    (host) => head('GET /x HTTP/1.1', `Host: ${host}`),
  ),
  ...attacks(
    'Host',
    [400, 404, 'forwarded'],
    ['a.test:', 'a.test..', '%61.test', 'a.test;x', 'ä.test', '.', '*', 'a.test:080'],
    (host) => head('GET /x HTTP/1.1', `Host: ${host}`),
  ),
  ...attacks(
    'Host that only resembles it,',
    [400, 404],
    ['a.test.b.test', 'xa.test', 'x.a.test', 'a.testx', 'a.tes', 'a-test', 'a.test.test', '.a.test', 'test'],
    (host) => head('GET /x HTTP/1.1', `Host: ${host}`),
  ),
  {
    name: 'Host under another name',
    bytes: head('GET /x HTTP/1.1', 'X-Host: a.test', 'H_ost: a.test'),
    safe: REFUSED,
  },
];
