import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { normalizeHost } from '../../../src/routing/host.ts';

suite('the host of an authority', () => {
  const hosts = {
    'web.local': 'web.local',
    'web.local:8080': 'web.local',
    'web.local:': 'web.local',
    'Web.LOCAL:80': 'web.local',
    'web.local.': 'web.local',
    'Web.local.:443': 'web.local',
    'a_b.local': 'a_b.local',
    '127.0.0.1:8080': '127.0.0.1',
    '[::1]': '[::1]',
    '[::FFFF:7F00:1]:80': '[::ffff:7f00:1]',
    'a%41b': 'a%41b',
    "a!b$c&d'(e)*+;=~": "a!b$c&d'(e)*+;=~",
  };
  for (const [authority, host] of Object.entries(hosts)) {
    test(`${authority} is ${host}`, () => assert.equal(normalizeHost(authority), host));
  }

  const invalid = [
    ['', '.', ':80', 'a b', ' a', 'a ', 'a,b', 'a@b', 'u:p@a', 'a/b', 'a?b', 'a#b', 'a\\b', 'a"b', 'a<b'],
    [
      'a\tb',
      'a\u0000',
      'a\r\nb',
      'a:b',
      'a:80:80',
      'a:-1',
      'a:+80',
      'a:65536',
      'a:000080',
      'a: 80',
      'a%4',
      'a%zz',
    ],
    ['[::1', '::1', '[]', '[::1]x', '[::g]', '[::1]:x', '[127.0.0.1]', '[fe80::1%25eth0]', 'bücher.example'],
  ].flat();
  for (const authority of invalid) {
    test(`${JSON.stringify(authority)} has none`, () => assert.equal(normalizeHost(authority), null));
  }

  test('stays itself when normalised again, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webAuthority({ withPort: true })), (authority) => {
        const host = normalizeHost(authority);
        if (host === null) return;
        assert.equal(host, host.toLowerCase());
        if (!host.endsWith('.')) assert.equal(normalizeHost(host), host);
      }),
    );
  });
});
