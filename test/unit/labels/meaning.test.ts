import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import { MEANINGS, meaningOf } from '../../../src/labels/meaning.ts';
import { redactRule } from '../../../src/labels/meaningRule.ts';

const SERVICE = { stack: 'shop', name: 'api' };
const says = (name: string, value: string) => meaningOf(name.toLowerCase(), value, SERVICE);

suite('what labels mean', () => {
  const working = KNOWN_LABELS.filter(({ stage }) => stage === 'A').map(({ name }) => name);

  test('is known of every label that routes or balances, and of no others', () => {
    assert.deepEqual(Object.keys(MEANINGS).toSorted(), working.toSorted());
  });

  for (const name of working) {
    test(`of ${name}: blank is absent, and no value breaks its sentence`, () => {
      assert.equal(says(name, ' '), 'it is blank, which counts as absent');
      for (const value of [
        'true',
        '0',
        '1',
        'wrr',
        '\u001b[2J\u202e',
        '{',
        'Host:',
        ',;',
        'x'.repeat(5000),
      ]) {
        const said = says(name, value);
        if (said === null) continue;
        assert.doesNotMatch(said, /[\p{Cc}\p{Cf}]/u);
        assert.doesNotMatch(said, /undefined|\.$/);
        assert.ok(said.length < 1500, `${said.length} characters`);
      }
    });
  }

  for (const [name, value, sentence] of [
    [
      'traefik.enable',
      'true',
      'the service asks to be published, as api.shop.<domain> where no label says otherwise',
    ],
    [
      'traefik.enable',
      'stack',
      'the service asks to be published, as shop.<domain> where no label says otherwise',
    ],
    ['traefik.enable', 'false', 'the service is not published'],
    ['traefik.enable', 'perhaps', null],
    ['traefik.port', '8080', 'requests go to port 8080 of its containers'],
    ['traefik.port', 'http', null],
    ['traefik.domain', 'a.test, b.test', 'its hosts end in a.test or b.test'],
    ['traefik.frontend.priority', '0', 'its routes have no priority of their own'],
    ['traefik.weight', '0', 'its servers have the weight 0: they receive no new clients'],
    [
      'traefik.backend.loadbalancer.method',
      'LEAST',
      'of two servers the one with fewer requests in flight is taken (least)',
    ],
    ['traefik.backend.loadbalancer.method', 'best', null],
    ['traefik.backend.healthcheck.interval', '10', 'servers are checked every 10 s'],
    ['traefik.backend.healthcheck.interval', '1m', 'servers are checked every "1m"'],
    [
      'traefik.frontend.rule',
      'Host:a.test,b.test;PathPrefixStrip:/v1;Method:GET;AddPrefix:/x',
      'requests reach it if the host is a.test or b.test, and the path is below /v1, which is cut off, and the method is GET; "/x" is put before the path',
    ],
    ['traefik.frontend.rule', 'Hots:a.test', null],
    ['traefik.web.port', '81', "of segment web: requests go to port 81 of the service's containers"],
    ['traefik.frontend.auth.basic', 'me:hash', null],
    ['traefik.nothing', 'x', null],
  ] as const) {
    test(`${name}=${value}`, () => assert.equal(says(name, value), sentence));
  }

  test('does not repeat what may be a credential', () => {
    assert.doesNotMatch(says('traefik.backend.healthcheck.headers', 'X-Key:secret') ?? '', /secret/);
    assert.equal(
      says('traefik.frontend.rule', 'Headers:X-Key,secret'),
      'requests reach it if the field X-Key has the value asked for',
    );
  });
});

suite('a rule that is shown', () => {
  for (const [rule, shown] of [
    ['Host:a.test;Path:/x', 'Host:a.test;Path:/x'],
    ['Host:a.test;Headers:X-Key,secret;Path:/x', 'Host:a.test;Headers:X-Key,(redacted);Path:/x'],
    ['HeadersRegexp: X-Key , ^secret{1;2}$', 'HeadersRegexp: X-Key ,(redacted)'],
    ['header:X-Key,secret', 'header:X-Key,(redacted)'],
    ['Headers:secret value', 'Headers:(redacted)'],
    ['Headers=X-Key,secret', 'Headers(redacted)'],
    ['Headers:Cookie,a=1;b=secret;Path:/x', 'Headers:Cookie,(redacted);(redacted);Path:/x'],
    ['Host:{a;Headers:X-Key,secret;more', 'Host:{a;Headers:X-Key,(redacted)'],
  ] as const) {
    test(rule, () => assert.equal(redactRule(rule), shown));
  }
});
