import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serverOf } from '../../support/model.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { ServiceReport } from '../../../src/model/report.ts';
import type { Backend, Route } from '../../../src/model/table.ts';
import { buildTable } from '../../../src/routing/build.ts';
import { diffDerivations } from '../../../src/routing/diff.ts';
import { backendOf, routeOf } from './tables.ts';

/** A derivation of these routes, with a report for each backend; what is given replaces parts of a report. */
function derivationOf(
  routes: readonly Route[],
  backends: readonly Backend[],
  given: Readonly<Record<string, Partial<ServiceReport>>> = {},
): Derivation {
  const services = backends.map(({ id, servers }) => {
    const [stack = '', name = ''] = id.split('/');
    const refused = routes.some((route) => route.service === id && route.refusal !== null);
    const containers = servers.map((server) => ({ name: server.id, eligible: true, reason: null }));
    return {
      id,
      stack,
      name,
      routed: !refused,
      isServed: servers.length > 0,
      hosts: [],
      backends: [id],
      servers,
      containers,
      findings: [],
      labels: {},
      ...given[id],
    };
  });
  return { table: buildTable(routes, backends).table, services };
}

function wordsOf(before: Derivation | null, after: Derivation): readonly string[] {
  return diffDerivations(before, after).map(({ text }) => text);
}

const WEB = routeOf('web.local', 'proxy-test/web');
const web = (serverCount: number): Backend => backendOf('proxy-test/web', serverCount);

suite('what changed, in words', () => {
  test('is nothing between the same', () => {
    assert.deepEqual(wordsOf(derivationOf([WEB], [web(3)]), derivationOf([WEB], [web(3)])), []);
  });

  test('copes with more findings of one service than a call may have arguments', () => {
    const finding: Finding = { code: 'malformed-container', severity: 'error', label: null, message: '' };
    const findings = Array.from({ length: 150_000 }, (_, n) => ({ ...finding, message: `no. ${n}` }));
    const after = derivationOf([WEB], [web(0)], { 'proxy-test/web': { findings } });
    assert.equal(diffDerivations(derivationOf([WEB], [web(0)]), after).length, 150_000);
    assert.equal(diffDerivations(after, derivationOf([], [])).length, 150_001);
  });

  test('lists every route the first time', () => {
    const shop = [routeOf('a.local', 'shop/a'), routeOf('b.local', 'shop/b')];
    const after = derivationOf([WEB, ...shop], [web(3), backendOf('shop/a'), backendOf('shop/b', 0)]);
    assert.deepEqual(wordsOf(null, after), [
      '+ route web.local → proxy-test/web (3 servers)',
      '+ route a.local → shop/a (1 server)',
      '+ route b.local → shop/b (no servers, answers 503)',
    ]);
  });

  test('names routes that went, and not their servers one by one', () => {
    assert.deepEqual(wordsOf(derivationOf([WEB], [web(3)]), derivationOf([], [])), [
      '- route web.local → proxy-test/web',
    ]);
  });

  test('names servers that came', () => {
    assert.deepEqual(wordsOf(derivationOf([WEB], [web(1)]), derivationOf([WEB], [web(2)])), [
      '+ server proxy-test-web-2 (http://127.0.0.1:8082) of proxy-test/web',
    ]);
  });

  test('names servers that went, with the reason of their container', () => {
    const containers = [
      { name: 'proxy-test-web-1', eligible: true, reason: null },
      { name: 'proxy-test-web-2', eligible: false, reason: 'unhealthy' },
    ] as const;
    const after = derivationOf([WEB], [web(1)], { 'proxy-test/web': { containers } });
    assert.deepEqual(wordsOf(derivationOf([WEB], [web(3)]), after), [
      '- server proxy-test-web-2 (http://127.0.0.1:8082) of proxy-test/web: unhealthy',
      '- server proxy-test-web-3 (http://127.0.0.1:8083) of proxy-test/web: the container is gone',
    ]);
  });

  test("names a server's new address", () => {
    const moved = { ...web(1), servers: [serverOf('proxy-test-web-1', 'http://127.0.0.2:80')] };
    assert.deepEqual(wordsOf(derivationOf([WEB], [web(1)]), derivationOf([WEB], [moved])), [
      '~ server proxy-test-web-1 of proxy-test/web: http://127.0.0.1:8081 → http://127.0.0.2:80',
    ]);
  });

  test('names a host that another service won', () => {
    const [old, other] = [derivationOf([WEB], [web(1)]), routeOf('web.local', 'a/other')];
    const after = derivationOf([other], [backendOf('a/other', 2), web(1)], {
      'proxy-test/web': { routed: false },
    });
    assert.deepEqual(wordsOf(old, after), [
      '~ route web.local → a/other (2 servers), before → proxy-test/web',
    ]);
  });

  test('names a refusal that came, and one that went', () => {
    const [open, refused] = [
      derivationOf([WEB], [web(1)]),
      derivationOf([{ ...WEB, refusal: 'its label x restricts it' }], [web(0)]),
    ];
    assert.deepEqual(wordsOf(open, refused), [
      '~ route web.local → proxy-test/web (refused, answers 503: its label x restricts it)',
    ]);
    assert.deepEqual(wordsOf(refused, open), [
      '~ route web.local → proxy-test/web (1 server), no longer refused',
    ]);
  });

  test('names path, priority and Host', () => {
    const api = routeOf('web.local', 'proxy-test/web', { path: '/api' });
    const exact = routeOf('web.local', 'proxy-test/web', { path: '/x', pathKind: 'exact' });
    assert.deepEqual(wordsOf(null, derivationOf([api, exact], [web(1)])), [
      '+ route web.local/api → proxy-test/web (1 server)',
      '+ route web.local/x (exactly) → proxy-test/web (1 server)',
    ]);
    const before = derivationOf([WEB], [web(1)]);
    assert.deepEqual(wordsOf(before, derivationOf([{ ...WEB, priority: 5 }], [web(1)])), [
      '~ route web.local → proxy-test/web (1 server), priority 5',
    ]);
    assert.deepEqual(wordsOf(before, derivationOf([{ ...WEB, passHostHeader: false }], [web(1)])), [
      '~ route web.local → proxy-test/web (1 server), servers now see their own address as Host',
    ]);
  });

  test('names what changes in how servers are balanced', () => {
    const sticky = { cookie: 'c', secure: false, httpOnly: false, sameSite: null };
    const before = derivationOf([WEB], [web(1)]);
    const after = derivationOf([WEB], [{ ...web(1), method: 'drr', stickiness: sticky }]);
    assert.deepEqual(wordsOf(before, after), [
      '~ backend proxy-test/web: balanced by drr, before by wrr, a stickiness',
    ]);
    assert.deepEqual(wordsOf(after, before), [
      '~ backend proxy-test/web: balanced by wrr, before by drr, no stickiness any more',
    ]);
    const heavy = web(1).servers.map((server) => ({ ...server, weight: 3 }));
    assert.deepEqual(wordsOf(before, derivationOf([WEB], [{ ...web(1), servers: heavy }])), [
      '~ server proxy-test-web-1 of proxy-test/web: weight 1 → 3',
    ]);
  });

  test('names findings that came and went, also of services that left', () => {
    const warning: Finding = {
      code: 'port-defaulted',
      severity: 'warning',
      label: 'traefik.port',
      message: 'Port 80.',
    };
    const plain = derivationOf([WEB], [web(1)]);
    const found = derivationOf([WEB], [web(1)], { 'proxy-test/web': { findings: [warning] } });
    const gone = '- warning port-defaulted of proxy-test/web (traefik.port)';
    assert.deepEqual(wordsOf(plain, found), ['+ warning port-defaulted of proxy-test/web: Port 80.']);
    assert.deepEqual(wordsOf(found, plain), [gone]);
    assert.deepEqual(wordsOf(found, derivationOf([], [])), ['- route web.local → proxy-test/web', gone]);
  });

  test('goes by service, and in each by route, server, finding', () => {
    const finding: Finding = { code: 'domain-missing', severity: 'warning', label: null, message: 'None.' };
    const shop = routeOf('shop.local', 'shop/a');
    const before = derivationOf([WEB, shop], [web(1), backendOf('shop/a')]);
    const both = { 'proxy-test/web': { findings: [finding] }, 'shop/a': { findings: [finding] } };
    const more = [routeOf('z.local', 'proxy-test/web'), WEB, shop];
    const changes = diffDerivations(before, derivationOf(more, [web(2), backendOf('shop/a', 2)], both));
    assert.deepEqual(
      changes.map(({ kind, what, service }) => `${kind} ${what} ${service}`),
      [
        'added route proxy-test/web',
        'added server proxy-test/web',
        'added finding proxy-test/web',
        'added server shop/a',
        'added finding shop/a',
      ],
    );
  });
});
