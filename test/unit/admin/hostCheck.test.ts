import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HostCheck } from '../../../src/admin/hostCheck.ts';
import { refuseForeign } from '../../../src/admin/sameOrigin.ts';
import { parseTarget } from '../../../src/admin/target.ts';

describe('with names of its own', () => {
  const check = new HostCheck(['lb.example.local', 'lb']);

  for (const asked of [
    'lb.example.local',
    'LB.Example.LOCAL:8000',
    'lb.example.local.',
    'lb.example.local.:80',
    'lb',
    'lb:',
    '127.0.0.1:8000',
    '203.0.113.9',
    '[::1]:8000',
    '[2001:DB8::1]',
    '[::ffff:192.0.2.1]',
    'localhost:8000',
    'LOCALHOST',
  ]) {
    test(`the admin server may be asked by ${asked}`, () => assert.equal(check.refusal([asked]), null));
  }

  for (const asked of [
    'evil.example',
    'evil.example:8000',
    'lb.example.local.evil.example',
    'evil-lb',
    'lb.example.local..',
    'x.localhost',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '2130706433',
    '0x7f.1',
    '127.1',
    '[::1',
    '[lb]',
    '[127.0.0.1]',
    '[::1]evil',
    '::1',
    'lb:8000:9',
    'lb:80x',
    'me@lb',
    'lb@evil.example',
    'lb,evil.example',
    'lb/',
    ' ',
    '',
  ]) {
    test(`it may not be asked by "${asked}"`, () => {
      const answer = check.refusal([asked]);
      assert.equal(answer?.status, 421);
      assert.match(String(answer?.body), /wrong-host.*LB_ADMIN_HOSTS/);
    });
  }

  test('it must be asked by some name', () => assert.equal(check.refusal([])?.status, 421));

  test('of two names both must be its own', () => {
    assert.equal(check.refusal(['lb', '127.0.0.1']), null);
    assert.equal(check.refusal(['lb', 'evil.example'])?.status, 421);
    assert.equal(check.refusal(['evil.example', 'lb'])?.status, 421);
  });
});

test('without names of its own it may be asked by any', () => {
  assert.equal(new HostCheck([]).refusal(['evil.example']), null);
  assert.equal(new HostCheck([]).refusal([]), null);
});

describe('a command', () => {
  for (const [what, headers] of [
    ['a program, which sends neither field', {}],
    ['our own page', { origin: 'http://lb:8000', 'sec-fetch-site': 'same-origin' }],
    ['our own page where TLS ends in front of us', { origin: 'https://LB:8000' }],
    ['a person, by a bookmark', { 'sec-fetch-site': 'none' }],
  ] as const) {
    test(`is taken from ${what}`, () => assert.equal(refuseForeign({ host: 'lb:8000', ...headers }), null));
  }

  for (const [what, headers] of [
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of our site with another name', { 'sec-fetch-site': 'same-site' }],
    [
      'a page that claims to be ours in one of the fields',
      { origin: 'http://lb:8000', 'sec-fetch-site': 'cross-site' },
    ],
    ['a page of another origin', { origin: 'http://evil.example' }],
    ['a page on another port', { origin: 'http://lb:8001' }],
    ['a page that hides its origin', { origin: 'null' }],
    ['a file', { origin: 'file://' }],
    ['an origin that is none', { origin: 'http://lb:8000/' }],
    ['an origin with a name in it', { origin: 'http://lb:8000@evil.example' }],
    ['an empty origin', { origin: '' }],
  ] as const) {
    test(`is not taken from ${what}`, () =>
      assert.equal(refuseForeign({ host: 'lb:8000', ...headers })?.status, 403));
  }

  test('is not taken from a page where there is no Host to compare with', () => {
    assert.equal(refuseForeign({ origin: 'http://lb:8000' })?.status, 403);
    assert.equal(refuseForeign({ origin: 'null' })?.status, 403);
  });
});

test('a target in absolute-form has an authority besides its path', () => {
  for (const [target, authority, path, query] of [
    ['/ping', null, '/ping', ''],
    ['/a/?b?c', null, '/a', 'b?c'],
    ['HTTP://lb:8000/ping?x', 'lb:8000', '/ping', 'x'],
    ['http://lb', 'lb', '/', ''],
    ['https://lb?x', 'lb', '/', 'x'],
    ['http:///ping', '', '/ping', ''],
    ['//evil.example/ping', null, '//evil.example/ping', ''],
    ['*', null, '*', ''],
  ] as const) {
    assert.deepEqual(parseTarget(target), { authority, path, query }, target);
  }
});
