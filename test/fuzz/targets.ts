import type { Random } from './random.ts';

const METHODS = [
  [40, 'GET'],
  [15, 'POST'],
  [8, 'HEAD'],
  [6, 'PUT'],
  [5, 'DELETE'],
  [4, 'OPTIONS'],
  [3, 'PATCH'],
  [2, 'TRACE'],
] as const;

/** Methods that are seldom or never seen, and some that are none. */
const ODD_METHODS = [
  'get',
  'Post',
  'PROPFIND',
  'M-SEARCH',
  'PURGE',
  'QUERY',
  'BREW',
  'CONNECT',
  'PRI',
  'SOURCE',
  "X!#$%&'*+-.^_`|~9",
  'G(T',
  'GET\t',
  'G\0T',
  '\xc9TAT',
];

/** A method; now and then one that is seldom seen, or none. */
export function methodFrom(random: Random): string {
  return random.percent(2) ? random.pick(ODD_METHODS) : random.weighted(METHODS);
}

const SEGMENTS = [
  'app',
  'a',
  'x',
  'b%20c',
  '%41',
  '%2e%2e',
  '%2E',
  '..',
  '.',
  '',
  '...',
  '%2f',
  "!$&'()*+,;=:@",
  'a;v=1',
  'a,b',
  '~u',
  '%C3%A4',
  'end',
  'app',
  'app',
  'appx',
  'index.html',
  '%7Eu',
  'a%2Fb',
  'x',
  'app',
];

/** Segments that some servers read in another way, or that are none. */
const ODD_SEGMENTS = [
  '..;x',
  '%5c..',
  '..%2f',
  'a\\b',
  '\xe4',
  '%zz',
  '%',
  'a|b',
  '{x}',
  '"q"',
  '<t>',
  '^',
  '`',
  '%00',
];

const QUERIES = [
  '',
  'q=v',
  'q=v&q=w',
  'q',
  '=',
  'q=%76',
  'a=b?c=d',
  '/../x',
  '%',
  '&&',
  'q=+v',
  'q=v;w',
  'q={v}',
];

const ODD_QUERIES = ['q=v#', 'x=\xff', 'q="v"', 'q=<v>', 'q=\x7f', '#'];

/** A path that begins with a slash, with a query or without. */
function originFrom(random: Random): string {
  const depth = random.weighted([
    [2, 0],
    [6, 1],
    [4, 2],
    [1, 4],
  ]);
  let target = '/';
  if (random.percent(25)) target = depth === 0 ? '/app' : '/app/';
  const segment = (): string => random.pick(random.percent(3) ? ODD_SEGMENTS : SEGMENTS);
  target += Array.from({ length: depth }, segment).join('/');
  if (random.percent(30)) target += `?${random.pick(random.percent(4) ? ODD_QUERIES : QUERIES)}`;
  if (random.percent(0.5)) target += '#part';
  if (random.percent(1.5)) target += 'x'.repeat(random.pick([100, 500, 900, 1_000, 1_100, 8_000, 17_000]));
  return target;
}

/** A request target of any form. */
export function targetFrom(random: Random): string {
  return random.weighted<() => string>([
    [90, () => '/'],
    [160, () => originFrom(random)],
    [5, () => `http://${hostFrom(random)}${random.percent(80) ? originFrom(random) : ''}`],
    [1, () => `${random.pick(['HTTP', 'https', 'ftp', 'http:'])}://a.test${originFrom(random)}`],
    [1, () => `http://${random.pick(['user@a.test', '', 'a.test:99999', '[::1]:80', '?x'])}/`],
    [2, () => '*'],
    [
      1,
      () =>
        random.pick([
          'a.test:80',
          'x',
          '',
          '?q',
          '#',
          '/ /',
          '/\t',
          '/\x7f',
          '/\0',
          '\\',
          '//',
          '//a.test/x',
        ]),
    ],
  ])();
}

const HOSTS = [
  [260, 'a.test'],
  [25, 'b.test'],
  [8, 'refused.test'],
  [8, 'empty.test'],
  [8, 'nobody.test'],
  [8, 'a.test:80'],
  [4, 'a.test:8080'],
  [4, 'A.Test'],
  [2, 'a.test.'],
] as const;

const ODD_HOSTS = [
  '',
  ' ',
  'a.test,b.test',
  'a.test b.test',
  'user@a.test',
  'a.test:',
  'a.test:x',
  'a.test:123456',
  '[::1]',
  '[::1]:80',
  '[::1',
  'a_b.test',
  'a%41.test',
  'a.test/x',
  '127.0.0.1',
  '..',
  '\xe4.test',
  'a.test..',
  'http://a.test',
  'a.test?x',
  'a\tb.test',
  '*',
  'a.test:00080',
];

/** What stands in a Host field; now and then none that may. */
export function hostFrom(random: Random): string {
  return random.percent(1.5) ? random.pick(ODD_HOSTS) : random.weighted(HOSTS);
}

const ODD_VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/1.',
  'http/1.1',
  'HTTP/11',
  'HTTPS/1.1',
  'RTSP/1.0',
  'HTTP/1.1 ',
  'HTTP/1.1x',
  'HTTP/01.1',
  'HTTP',
  'ICE/1.0',
  'HTTP/1.10',
];

/** The version at the end of a request line; at times 1.0, now and then none that is known. */
export function versionFrom(random: Random): string {
  if (random.percent(6)) return 'HTTP/1.0';
  return random.percent(1.5) ? random.pick(ODD_VERSIONS) : 'HTTP/1.1';
}
