import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { explainService, noSuchService } from '../../../src/control/explainService.ts';
import { explainServiceText } from '../../../src/control/explainServiceText.ts';
import { derivationOf, EXPLAINED, hostileExplained, labelled, SECRET } from '../../support/explained.ts';

const shop = derivationOf(EXPLAINED);

function explain(id: string, derivation = shop) {
  const explanation = explainService(derivation, id);
  assert.ok(explanation !== null, id);
  return explanation;
}

/** The effect of each label. */
function effectsOf(labels: Readonly<Record<string, string>>, given = {}): Readonly<Record<string, string>> {
  const derivation = derivationOf([labelled('s/a', labels, 'healthy')], given);
  return Object.fromEntries(
    explain('s/a', derivation).labels.map(({ label, effect }) => [label.replace('traefik.', ''), effect]),
  );
}

const ENABLED = { 'traefik.enable': 'true', 'traefik.port': '80', 'traefik.domain': 'test' };

suite('the effect of a label', () => {
  test('works where it does what it says', () => {
    assert.deepEqual(effectsOf(ENABLED), { domain: 'works', enable: 'works', port: 'works' });
  });

  test('unknown where neither family knows it', () => {
    assert.equal(effectsOf({ ...ENABLED, 'traefik.prot': '80' })['prot'], 'unknown');
  });

  test('refuses where it keeps the service from being routed', () => {
    assert.equal(effectsOf({ ...ENABLED, 'traefik.port': 'http' })['port'], 'refuses');
    assert.equal(effectsOf({ ...ENABLED, 'traefik.enable': 'maybe' })['enable'], 'refuses');
    const auth = { ...ENABLED, 'traefik.frontend.auth.basic': 'me:x' };
    assert.equal(effectsOf(auth)['frontend.auth.basic'], 'refuses');
    assert.equal(effectsOf(auth, { allowUnsupported: true })['frontend.auth.basic'], 'not-supported');
  });

  test('not-supported where it only warns', () => {
    const labels = { ...ENABLED, 'traefik.frontend.redirect.regex': 'x' };
    assert.equal(effectsOf(labels)['frontend.redirect.regex'], 'not-supported');
  });

  test('no-effect where another wins, the value is wrong, or nothing is asked for', () => {
    const rule = { ...ENABLED, 'traefik.frontend.rule': 'Host:a.test', 'traefik.path': '/x' };
    assert.equal(effectsOf(rule)['path'], 'no-effect');
    assert.equal(effectsOf({ ...ENABLED, 'traefik.priority': 'high' })['priority'], 'no-effect');
    assert.equal(effectsOf({ ...ENABLED, 'traefik.alias': ' ' })['alias'], 'no-effect');
    assert.equal(effectsOf({ ...ENABLED, 'traefik.acme': 'false' })['acme'], 'no-effect');
  });

  test('no-effect for all but traefik.enable where the service is not published', () => {
    assert.deepEqual(effectsOf({ ...ENABLED, 'traefik.enable': 'false' }), {
      domain: 'no-effect',
      enable: 'works',
      port: 'no-effect',
    });
  });

  test('works although one entry of its list is wrong, since the others do', () => {
    const labels = { ...ENABLED, 'traefik.domain': 'test, not a domain' };
    assert.equal(effectsOf(labels)['domain'], 'works');
  });

  test('no-effect where every segment has a label of its own instead', () => {
    const one = { ...ENABLED, 'traefik.web.port': '81', 'traefik.api.domain': 'api.test' };
    assert.equal(effectsOf(one)['port'], 'works', 'the segment api inherits it');
    const both = { ...one, 'traefik.api.port': '82' };
    assert.equal(effectsOf(both)['port'], 'no-effect');
  });

  test('no-effect for the other spelling of a label, naming the one that wins', () => {
    const derivation = derivationOf([labelled('s/a', { ...ENABLED, 'Traefik.Port': '81' }, 'healthy')]);
    const { labels } = explain('s/a', derivation);
    const other = labels.find(({ label }) => label === 'Traefik.Port');
    assert.equal(other?.effect, 'no-effect');
    assert.match(other?.meaning ?? '', /traefik\.port is the same label in another spelling/);
  });
});

suite('an explained service', () => {
  test('has each label with its sentence, its documented name and its findings', () => {
    const { labels } = explain('shop/api');
    const byLabel = new Map(labels.map((label) => [label.label, label]));
    assert.deepEqual(byLabel.get('traefik.port'), {
      label: 'traefik.port',
      value: '8080',
      known: 'traefik.port',
      segment: null,
      meaning: 'requests go to port 8080 of its containers',
      effect: 'works',
      findings: [],
    });
    const unknown = byLabel.get('traefik.weigth');
    assert.deepEqual([unknown?.known, unknown?.meaning, unknown?.effect], [null, null, 'unknown']);
    assert.match(unknown?.findings[0]?.message ?? '', /nearest known label is traefik\.weight/);
  });

  test('has the route and the backend that another service shares with it', () => {
    const shared = { ...ENABLED, 'traefik.backend': 'x', 'traefik.frontend.rule': 'Host:x.test' };
    const derivation = derivationOf([
      labelled('s/a', shared, 'healthy'),
      labelled('s/b', { ...shared, 'traefik.weight': '3' }, 'healthy'),
    ]);
    const { routes, backends } = explain('s/b', derivation);
    assert.deepEqual(
      routes.map(({ route, service }) => [route, service]),
      [['x.test', 's/a']],
    );
    assert.deepEqual(
      backends.map(({ id, servers }) => [id, servers.map(({ sharePercent }) => sharePercent)]),
      [['s//x', [25, 75]]],
    );
    const text = explainServiceText(explain('s/b', derivation));
    assert.match(text, /x\.test, of s\/a, which shares the backend/);
    assert.doesNotMatch(text, /not routed/);
  });

  test('has the result: hosts, routes, servers with shares, containers', () => {
    const { state, hosts, routes, backends, containers } = explain('shop/api');
    assert.deepEqual([state, hosts], ['routed', ['api.shop.test']]);
    assert.deepEqual(routes, [
      {
        route: 'api.shop.test/v1 if the field x-key has the value asked for',
        service: 'shop/api',
        segment: null,
        priority: 5,
        backend: 'shop/api',
        rewrite: ['cuts off /v1'],
        refusal: null,
      },
    ]);
    assert.deepEqual(
      backends[0]?.servers.map(({ sharePercent }) => sharePercent),
      [50, 50],
    );
    assert.equal(containers.length, 3);
  });

  test('names the defaults that no label set', () => {
    assert.match(explain('shop/web').defaults.join('\n'), /^requests go to port 80 .*traefik\.port/m);
    const bare = labelled('s/a', { 'traefik.enable': 'true' }, 'healthy');
    const defaults = (given: object) => explain('s/a', derivationOf([bare], given)).defaults.join('\n');
    assert.match(
      defaults({}),
      /its host is s?a\.s alone, since neither traefik\.domain nor LB_DEFAULT_DOMAIN/,
    );
    assert.match(defaults({ defaultDomain: 'test' }), /its hosts end as LB_DEFAULT_DOMAIN/);
    assert.match(defaults({}), /LB_HEALTH_REQUIRED decides/);
    assert.deepEqual(explain('shop/batch').defaults, []);
  });

  test('is null where nothing is labelled so, and the nearest is named', () => {
    assert.equal(explainService(shop, 'shop/ap'), null);
    assert.match(
      noSuchService('Shop/ap', shop.services),
      /no service "Shop\/ap" .*; the nearest one is shop\/api/,
    );
    for (const [given, meant] of [
      ['web', 'blog/web'],
      ['shop/a', 'shop/admin'],
      ['shpo/pya', 'shop/pay'],
    ] as const) {
      assert.ok(noSuchService(given, shop.services).endsWith(`; the nearest one is ${meant}`), given);
    }
    assert.equal(noSuchService('a/b', []), 'no service "a/b" carries a traefik.* label');
  });

  test('shows nothing that may be a credential: not in labels, rules, findings or text', () => {
    for (const { id } of shop.services) {
      assert.ok(!JSON.stringify(explain(id)).includes(SECRET), id);
      assert.ok(!explainServiceText(explain(id)).includes(SECRET), id);
    }
    const values = explain('shop/api').labels.map(({ label, value }) => [label, value]);
    assert.deepEqual(
      Object.fromEntries(values)['traefik.frontend.headers.customRequestHeaders'],
      '(redacted)',
    );
    assert.match(Object.fromEntries(values)['traefik.frontend.rule'] ?? '', /Headers:X-Key,\(redacted\)$/);
  });

  test('shows no credential that was written into the name of a label by mistake', () => {
    const key = `traefik.frontend.auth.basic.users:me:${SECRET}`;
    const derivation = derivationOf([labelled('s/a', { ...ENABLED, [key]: '' }, 'healthy')]);
    assert.ok(!JSON.stringify(explain('s/a', derivation)).includes(SECRET));
  });
});

suite('the text of an explained service', () => {
  test('has each label with what it does, and its findings beside it', () => {
    const text = explainServiceText(explain('shop/api'));
    assert.ok(
      text.includes(`
  traefik.path=/x
      no effect; it says: only requests for exactly /x reach it
      warning label-overridden: traefik.path has no effect:
          traefik.frontend.rule speaks about the same thing and wins; remove one
          of them.
  traefik.port=8080
      works: requests go to port 8080 of its containers
`),
      text,
    );
    assert.equal(text.split('label-overridden').length, 2);
  });

  test('keeps findings that are about no label of the service', () => {
    const text = explainServiceText(explain('shop/web'));
    assert.match(text, /\nfindings\n {6}warning port-defaulted: traefik\.port is not set/);
  });

  test('cannot steer a terminal', () => {
    const derivation = hostileExplained().install?.derivation ?? shop;
    for (const { id } of derivation.services) {
      assert.doesNotMatch(explainServiceText(explain(id, derivation)), /[^\P{C}\n]/u);
    }
  });
});

test('what a rule asks of header fields is not shown either where its label is misspelled', () => {
  for (const key of ['traefik.frontned.rule', 'traefik.frontend.rules', 'traefik.web.frontend.rule']) {
    const labels = { ...ENABLED, [key]: `Host:a.test;Headers:X-Key,${SECRET};and ${SECRET}` };
    const explanation = explain('s/a', derivationOf([labelled('s/a', labels, 'healthy')]));
    assert.ok(!JSON.stringify(explanation).includes(SECRET), key);
    assert.ok(!explainServiceText(explanation).includes(SECRET), key);
  }
});
