import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { z } from 'zod';
import {
  bindAddress,
  cidrs,
  domain,
  duration,
  hostNames,
  integer,
  metadataUrl,
  oneOf,
  onOff,
  truth,
  upgradeProtocols,
} from '../../src/settingValues.ts';

const REFUSED = Symbol('refused');

/** What a text is read as; a refusal must say what is allowed. */
function valueOf<T>(schema: z.ZodType<T, string>, text: string): T | typeof REFUSED {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  for (const { message } of result.error.issues) assert.match(message, /^allowed: .+/);
  return REFUSED;
}

interface Table<T> {
  readonly read: readonly (readonly [string, T])[];
  readonly refused: readonly string[];
}

function declare<T>(theme: string, schema: z.ZodType<T, string>, { read, refused }: Table<T>): void {
  suite(theme, () => {
    for (const [text, value] of read) {
      test(`"${text}" is ${JSON.stringify(value)}`, () => assert.deepEqual(valueOf(schema, text), value));
    }
    for (const text of refused) {
      test(`"${text}" is refused`, () => assert.equal(valueOf(schema, text), REFUSED));
    }
  });
}

declare('a duration', duration(0), {
  read: [
    ['500ms', 500],
    ['60s', 60_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['60', 60_000],
    ['0', 0],
    ['0s', 0],
    ['1.5s', 1500],
    ['0.25', 250],
    ['168h', 604_800_000],
  ],
  refused: [
    '',
    ' ',
    '-1s',
    '+1s',
    '1 s',
    '1d',
    '1S',
    's',
    '.5s',
    '1e3',
    '0x10',
    'Infinity',
    '169h',
    '1s2m',
    '1,5s',
  ],
});

declare('a duration that may not be less than a second', duration(1000), {
  read: [
    ['1s', 1000],
    ['1000ms', 1000],
  ],
  refused: ['0', '999ms', '0.9s'],
});

test('a duration of at least so much says so in the unit that one would write', () => {
  for (const [atLeastMs, said] of [
    [0, /^(?!.*at least)/],
    [1, /at least 1ms/],
    [1000, /at least 1s/],
  ] as const) {
    assert.match(duration(atLeastMs).safeParse('x').error?.issues[0]?.message ?? '', said);
  }
});

declare('a whole number from 1 to 65535', integer(1, 65_535), {
  read: [
    ['1', 1],
    ['65535', 65_535],
    ['0080', 80],
  ],
  refused: ['', '0', '65536', '-1', '+1', '1.0', '1e3', '0x50', ' 80', '80 ', 'NaN', '9'.repeat(16)],
});

declare('on or off', onOff, {
  read: [
    ...['on', 'ON', 'true', '1', 'yes'].map((text) => [text, true] as const),
    ...['off', 'Off', 'false', '0', 'no'].map((text) => [text, false] as const),
  ],
  refused: ['', 'maybe', 'onoff', ' on'],
});

declare('truth', truth, {
  read: [
    ...['true', 'TRUE', '1', 'yes', 'on'].map((text) => [text, true] as const),
    ...['false', 'False', '0', 'no', 'off'].map((text) => [text, false] as const),
  ],
  refused: ['', 'y', 't', '2', 'truefalse', ' true'],
});

declare('one of some words', oneOf(['info', 'debug']), {
  read: [
    ['info', 'info'],
    ['DEBUG', 'debug'],
  ],
  refused: ['', 'inf', 'information', 'constructor'],
});

declare('an address to listen on', bindAddress, {
  read: ['127.0.0.1', '0.0.0.0', '::', '::1', 'fe80::1%eth0'].map((text) => [text, text] as const),
  refused: ['', 'localhost', '*', '127.0.0.1:80', '[::1]', '1.2.3'],
});

declare('networks', cidrs, {
  read: [
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.0/8, fd00::/8,192.168.7.1,', ['10.0.0.0/8', 'fd00::/8', '192.168.7.1']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
    ['::/0', ['::/0']],
    ['::1/128', ['::1/128']],
    ['::ffff:10.0.0.0/104', ['::ffff:10.0.0.0/104']],
  ],
  refused: [
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/a',
    '10.0.0/8',
    '10.0.0.0/255.0.0.0',
    'example.test',
    '10.0.0.0/8 fd00::/8',
    '10.0.0.0/8,junk',
    '[::1]/128',
    '/8',
  ],
});

declare('protocols to upgrade to', upgradeProtocols, {
  read: [
    ['websocket', ['websocket']],
    ['WebSocket, x-own/1', ['websocket', 'x-own/1']],
    ['none', []],
    ['None', []],
  ],
  refused: ['h2c', 'H2C', 'h2', 'websocket,h2c', 'a b', 'a;b', 'a"'],
});

declare('a domain', domain, {
  read: ['local', 'example.test', 'example.test.', 'a_b.c-d', '1.2'].map((text) => [text, text] as const),
  refused: ['', '.', 'a..b', '.a', 'a b', 'a,b', 'a:80', 'http://a', '*.a', 'ü.test'],
});

declare('where metadata is read', metadataUrl, {
  read: [
    ['http://rancher-metadata/2016-07-29', 'http://rancher-metadata/2016-07-29'],
    ['http://127.0.0.1:8090/latest/', 'http://127.0.0.1:8090/latest'],
    ['https://a.test//', 'https://a.test'],
    ['file:/a/b.json', 'file:/a/b.json'],
    ['file:b.json', 'file:b.json'],
  ],
  refused: [
    '',
    'rancher-metadata',
    'rancher-metadata/latest',
    '/a/b.json',
    'ftp://a.test',
    'file:',
    'http://',
  ],
});

declare('host names', hostNames, {
  read: [
    ['lb.example.local', ['lb.example.local']],
    [' LB., x_y.test ,', ['lb', 'x_y.test']],
  ],
  refused: [' ', ',', 'lb:8000', 'http://lb', '*.example.local', 'lb..local', '.local'],
});
