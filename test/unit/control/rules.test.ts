import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { buildMatcher } from '../../../src/routing/matcher.ts';
import { requestOf } from '../routing/tables.ts';
import { PUBLISHED, SETTINGS, serviceOf, snapshotOf } from './environment.ts';

/** What the server of a service with these labels is asked for, and after which prefix; null where it is not its request. */
function sentOn(
  labels: Readonly<Record<string, string>>,
  host: string,
  target: string,
  given: Parameters<typeof requestOf>[2] = {},
): string | null {
  const service = serviceOf('s/web', { labels: { ...PUBLISHED, ...labels } });
  const { table } = derive(snapshotOf(service), SETTINGS);
  const match = buildMatcher(table).match(requestOf(host, target, given), false);
  if (match === null || typeof match === 'string') return match;
  const rewritten = match.rewriter?.(target) ?? { target, prefix: null };
  if (typeof rewritten === 'string') return rewritten;
  return rewritten.prefix === null ? rewritten.target : `${rewritten.target} after ${rewritten.prefix}`;
}

const rule = (text: string) => ({ 'traefik.frontend.rule': text });

suite('from labels to what the server is asked for', () => {
  type Case = readonly [Readonly<Record<string, string>>, string, string, string | null];
  const cases: readonly Case[] = [
    [rule('Host:a.test;PathPrefixStrip:/api'), 'a.test', '/api/x?q', '/x?q after /api'],
    [rule('Host:a.test;PathPrefixStrip:/api'), 'a.test', '/apix', null],
    [rule('Host:a.test;PathPrefixStrip:/api'), 'b.test', '/api', null],
    [rule('Host:a.test;PathPrefixStrip:/api'), 'a.test', '/api/..', null],
    [rule('PathPrefix:/api'), 'whatever', '/api', '/api'],
    [rule('HostRegexp:{sub:[a-z]+}.test'), 'a.test', '/', '/'],
    [rule('HostRegexp:{sub:[a-z]+}.test'), 'a.b.test', '/', null],
    [rule('Host:a.test;HostRegexp:{sub:[b-z]}.test'), 'a.test', '/', null],
    [rule('Path:/users/{id:[0-9]+}'), 'h', '/users/42', '/users/42'],
    [rule('Path:/users/{id:[0-9]+}'), 'h', '/users/42/x', null],
    [rule('PathPrefixStripRegex:/v{n:[0-9]+}'), 'h', '/v2/x', '/x after /v2'],
    [rule('Path:/caf%c3%a9/{x}'), 'h', '/café/é'.replaceAll('é', '%C3%A9'), '/caf%C3%A9/%C3%A9'],
    [rule('HostRegexp:{sub:[A-Z]+}.TEST'), 'a.test', '/', '/'],
    [rule('PathPrefix:/a;Path:/a/b,/c'), 'h', '/a/b', '/a/b'],
    [rule('PathPrefix:/a;Path:/a/b,/c'), 'h', '/c', null],
    [rule('Path:/x;ReplacePath:/y'), 'h', '/x?q', '/y?q'],
    [rule('ReplacePathRegex:^/api/(.*) /$1/end'), 'h', '/api/x', '/x/end'],
    [rule('PathPrefixStrip:/a;AddPrefix:/b'), 'h', '/a/c', '/b/c after /a'],
    [rule('Query:id={n:[0-9]+}'), 'h', '/?id=4', '/?id=4'],
    [rule('Query:id={n:[0-9]+}'), 'h', '/?id=x', null],
    [rule('Query:id='), 'h', '/?id=anything', '/?id=anything'],
    [{ 'traefik.path.prefix.strip': '/Api' }, 'web.s.local', '/Api/x', '/x after /Api'],
    [{ 'traefik.path.prefix.strip': '/Api' }, 'web.s.local', '/api/x', null],
    [{ 'traefik.path': '/café' }, 'web.s.local', '/caf%c3%a9', '/caf%c3%a9'],
    [{ 'traefik.domain.regexp': '{x:[a-z]+}.test' }, 'z.test', '/', '/'],
    [{ 'traefik.domain.regexp': '{x:[a-z]+}.test' }, 'web.s.local', '/', '/'],
    [{ 'traefik.alias': 'www' }, 'www.local', '/', '/'],
  ];
  for (const [labels, host, target, expected] of cases) {
    const [label = ''] = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    test(`${label}: ${host}${target} is ${expected ?? 'not its request'}`, () => {
      assert.equal(sentOn(labels, host, target), expected);
    });
  }

  test('fields and methods decide', () => {
    const labels = rule('Method:post;Headers:X-Kind,a;HeadersRegexp:Accept,^text/');
    const fields = ['x-kind', 'a', 'Accept', 'text/html'];
    assert.equal(sentOn(labels, 'h', '/', { method: 'POST', fields }), '/');
    assert.equal(sentOn(labels, 'h', '/', { method: 'GET', fields }), null);
    assert.equal(sentOn(labels, 'h', '/', { method: 'POST', fields: ['x-kind', 'a'] }), null);
  });
});
