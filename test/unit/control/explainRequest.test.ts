import assert from 'node:assert/strict';
import { timed } from '../../support/cpuTime.ts';
import { suite, test } from 'node:test';
import type { Derivation } from '../../../src/model/derivation.ts';
import { readQuestion, type Question } from '../../../src/control/explainQuestion.ts';
import { explainRequest } from '../../../src/control/explainRequest.ts';
import { explainRequestText } from '../../../src/control/explainRequestText.ts';
import { NO_CONDITIONS, serverKey, type Conditions } from '../../../src/control/conditions.ts';
import { derivationOf, EXPLAINED, hostileExplained, labelled, SECRET } from '../../support/explained.ts';
import { backendWith, routeOf, serverOf } from '../../support/model.ts';

const NOTHING: Question = { host: 'a.test', path: null, method: null, fields: [] };

function ask(
  derivation: Derivation,
  question: Partial<Question>,
  conditions?: Conditions,
): ReturnType<typeof explainRequest> {
  const request = readQuestion({ ...NOTHING, ...question });
  assert.ok(!('mistake' in request), JSON.stringify(request));
  return explainRequest(derivation, request, conditions);
}

const shop = derivationOf(EXPLAINED);

function hintsFor(host: string, derivation = shop) {
  return ask(derivation, { host }).hints;
}

function textOf(derivation: Derivation, question: Partial<Question>): string {
  return explainRequestText(ask(derivation, question));
}

function url(n: number): string {
  return `http://127.0.0.${n}:80`;
}

suite('a question about a request', () => {
  test('is read as the proxy reads a request: host without case, port and trailing dot', () => {
    assert.deepEqual(readQuestion({ ...NOTHING, host: ' API.Shop.test.:8080 ', path: '/a b/ä?x=1 2' }), {
      host: 'api.shop.test',
      authority: 'API.Shop.test.:8080',
      target: '/a%20b/%C3%A4?x=1%202',
      path: '/a%20b/%C3%A4',
      method: 'GET',
      fields: [],
    });
    const read = readQuestion({ ...NOTHING, path: '', method: 'post', fields: ['X-A:  b ', 'X-A: c'] });
    assert.ok(!('mistake' in read));
    assert.deepEqual([read.target, read.method, read.fields], ['/', 'POST', ['X-A', 'b', 'X-A', 'c']]);
  });

  for (const [given, mistake] of [
    [{ host: 'a b' }, /"a b" is not a host; give one host name/],
    [{ host: 'a.test,b.test' }, /is not a host/],
    [{ host: 'me@a.test' }, /is not a host/],
    [{ host: 'https://a.test/x?y' }, /is not a host; .* here a\.test, and "\/x\?y" as the path/],
    [{ path: 'x' }, /must begin with "\/"/],
    [{ path: '/x#y' }, /fragment/],
    [{ path: '/\ud800' }, /is no text/],
    [{ path: `/${'x'.repeat(9000)}` }, /9001 characters/],
    [{ method: 'GETT' }, /the method "GETT" is none/],
    [{ method: 'connect' }, /CONNECT is not offered/],
    [{ fields: [`X-A ${SECRET}`] }, /must be given as "Name: value"/],
    [{ fields: [`X-A: ${SECRET}\r\nX-B: c`] }, /must be given as "Name: value"/],
    [{ fields: ['Host: b'] }, /Host is given as the host/],
    [{ fields: Array.from({ length: 101 }, () => 'a: b') }, /100 header fields/],
  ] as const) {
    test(`${JSON.stringify(given).slice(0, 60)} is a mistake that says what would be right`, () => {
      const read = readQuestion({ ...NOTHING, ...given });
      assert.ok('mistake' in read);
      assert.match(read.mistake, mistake);
      assert.ok(!read.mistake.includes(SECRET));
    });
  }
});

suite('an explained request', () => {
  test('that is forwarded tells what is sent, to whom, and who gets nothing', () => {
    const explanation = ask(shop, {
      host: 'API.shop.test:8080',
      path: '/v1/x?y=1',
      fields: [`X-Key: ${SECRET}`],
    });
    assert.equal(explanation.summary, 'GET api.shop.test/v1/x?y=1 goes to shop/api, to one of 2 servers.');
    assert.deepEqual([explanation.forwarded, explanation.answer, explanation.hints], [true, null, []]);
    assert.deepEqual(explanation.sent, {
      target: '/x?y=1',
      rewrite: ['cuts off /v1'],
      forwardedPrefix: '/v1',
      host: 'API.shop.test:8080',
    });
    assert.deepEqual(explanation.winner?.reasons, ['it is the only route that takes the request']);
    assert.deepEqual(
      explanation.backend?.servers.map(({ id, receives, sharePercent }) => [id, receives, sharePercent]),
      [
        ['shop-api-1', true, 50],
        ['shop-api-2', true, 50],
      ],
    );
    assert.deepEqual(explanation.backend?.containers, [
      { service: 'shop/api', name: 'shop-api-3', reason: 'unhealthy', why: 'its health check fails' },
    ]);
    assert.deepEqual(explanation.request.headers, ['X-Key']);
  });

  test('sends the servers their own address as Host where the label says so', () => {
    const { sent } = ask(shop, { host: 'web.shop.test', path: '/v1/web' });
    assert.equal(sent?.host, null);
  });

  test('that a refused service has is answered 503, with the label behind it', () => {
    const { forwarded, answer, backend, sent } = ask(shop, { host: 'admin.shop.test' });
    assert.deepEqual([forwarded, backend, sent], [false, null, null]);
    assert.equal(answer?.text, '503 Service Unavailable: shop/admin is not published');
    assert.match(answer?.why ?? '', /its label traefik\.frontend\.auth\.basic\.users restricts it/);
  });

  test('whose path servers read in two ways is answered 400', () => {
    const { answer, request, winner } = ask(shop, { host: 'web.shop.test', path: '/v1/..%2fx' });
    assert.match(answer?.text ?? '', /^400 Bad Request: servers differ on where ".."/);
    assert.deepEqual([request.path, winner], [null, null]);
  });

  test('to a service without servers is answered 503', () => {
    const services = [labelled('s/a', { 'traefik.enable': 'true', 'traefik.domain': 'test' }, 'unhealthy')];
    const { answer, backend } = ask(derivationOf(services), { host: 'a.s.test' });
    assert.equal(answer?.text, '503 Service Unavailable: s/a has no eligible container at the moment');
    assert.deepEqual(
      backend?.containers.map(({ name }) => name),
      ['s-a-1'],
    );
  });
});

suite('the servers of an explained request', () => {
  const servers = [
    serverOf('near', url(1), { weight: 3 }),
    serverOf('near-light', url(2), { weight: 1 }),
    serverOf('near-drained', url(3), { weight: 0 }),
    serverOf('far', url(4), { isPreferred: false }),
  ];
  const derivation: Derivation = {
    table: { id: 't', routes: [routeOf('a.test', 's/a')], backends: [backendWith('s/a', servers)] },
    services: [],
  };
  const failing = (...ids: readonly string[]): Conditions => ({
    failing: new Map(
      servers
        .filter(({ id }) => ids.includes(id))
        .map((server) => [
          serverKey('s/a', server),
          { backend: 's/a', server: server.id, url: server.url, reason: 'answered 500' },
        ]),
    ),
    ejected: new Map(),
    breakers: new Map(),
  });
  const sharesOf = (conditions?: Conditions) =>
    ask(derivation, {}, conditions).backend?.servers.map(({ sharePercent, why }) => why ?? sharePercent);

  test('get shares by weight; weight 0 and those that are not preferred say why they get none', () => {
    assert.deepEqual(sharesOf(), [
      75,
      25,
      'its weight is 0: only clients that stick to it come to it',
      'it is not on the host of the load balancer, where others are (traefik.prefer.local)',
    ]);
  });

  test('get nothing while their check fails, and others get theirs', () => {
    assert.deepEqual(sharesOf(failing('near'))?.slice(0, 2), ['its health check fails: answered 500', 100]);
    assert.equal(sharesOf(failing('near', 'near-light'))?.[3], 100);
  });

  test('none that can be used is a 503, as is an open circuit breaker', () => {
    const none = ask(derivation, {}, failing('near', 'near-light', 'far'));
    assert.equal(none.answer?.text, '503 Service Unavailable: s/a has no server left');
    const all = ask(derivation, {}, failing(...servers.map(({ id }) => id)));
    assert.equal(all.answer?.text, '503 Service Unavailable: every server of s/a fails its health check');
    const open = ask(derivation, {}, { ...NO_CONDITIONS, breakers: new Map([['s/a', 'open']]) });
    assert.match(open.answer?.text ?? '', /^503 .*the circuit breaker of s\/a is open/);
    assert.equal(open.forwarded, false);
  });
});

suite('hints where nothing is found', () => {
  test('name the refused service that would have the host, and its label', () => {
    const [hint, ...more] = hintsFor('pay.shop.test');
    assert.equal(hint?.service, 'shop/pay');
    assert.match(hint?.text ?? '', /^shop\/pay would have this host: traefik\.port is "http"/);
    assert.deepEqual(more, []);
  });

  test('name the service that is not enabled', () => {
    assert.match(
      hintsFor('batch.shop.test')[0]?.text ?? '',
      /^shop\/batch would have this host: .*traefik\.enable/,
    );
  });

  test('know hosts that come from other labels than the domain', () => {
    const off = labelled('s/off', { 'traefik.frontend.rule': 'HostRegexp:{x:[a-z]+}.app.test' });
    assert.equal(hintsFor('www.app.test', derivationOf([off]))[0]?.service, 's/off');
  });

  test('name the service that is published under another domain', () => {
    const [hint] = hintsFor('web.blog.example.com');
    assert.match(
      hint?.text ?? '',
      /^blog\/web is published as web\.blog\.test, www\.shop\.test; traefik\.domain/,
    );
  });

  test('name the nearest host', () => {
    assert.deepEqual(
      hintsFor('wwv.shp.test').map(({ text }) => text),
      ['the nearest host that is published is www.shop.test'],
    );
  });

  test('say how a service is published where nothing is near', () => {
    assert.match(
      hintsFor('nothing.example.org')[0]?.text ?? '',
      /no published host is similar.*traefik\.enable=true/,
    );
    assert.match(hintsFor('a.test', derivationOf([]))[0]?.text ?? '', /^no host is published at all/);
  });

  test('name the service that lost the host to another, also where the other takes the request', () => {
    const labels = {
      'traefik.enable': 'true',
      'traefik.port': '80',
      'traefik.frontend.rule': 'Host:one.test',
    };
    const both = derivationOf([labelled('s/a', labels, 'healthy'), labelled('s/b', labels, 'healthy')]);
    const { winner, hints } = ask(both, { host: 'one.test' });
    assert.equal(winner?.service, 's/a');
    assert.deepEqual(
      hints.map(({ service }) => service),
      ['s/b'],
    );
    assert.match(hints[0]?.text ?? '', /^s\/b lost it: .*s\/a/);
  });
});

suite('ten thousand hosts', () => {
  const many = derivationOf(
    Array.from({ length: 10_000 }, (_, i) =>
      labelled(
        `st${i % 100}/svc${i}`,
        { 'traefik.enable': i % 10 === 0 ? 'false' : 'true', 'traefik.port': '80', 'traefik.domain': 'test' },
        'healthy',
      ),
    ),
  );

  for (const host of ['svc7.st7.test', 'svc7.st7.tset', 'svc10.st10.test', 'nothing.at.all']) {
    test(`are explained in less than 50 ms: ${host}`, () => {
      const times = Array.from({ length: 5 }, () => timed(() => ask(many, { host })).ms);
      // The quickest, since garbage is collected in some of them.
      assert.ok(Math.min(...times) < 50, times.join(' '));
    });
  }
});

suite('the text of an explained request', () => {
  test('goes from the request to the servers', () => {
    const text = textOf(shop, { host: 'api.shop.test', path: '/v1/web/x', method: 'POST' });
    assert.ok(
      text.startsWith(`POST api.shop.test/v1/web/x goes to shop/web, to its only server.

request
  POST /v1/web/x
  host api.shop.test

2 routes to consider, in this order
  - shop/api: api.shop.test/v1 if the field x-key has the value asked for,
      priority 5
      yes: host is api.shop.test
      yes: path is /v1 or below
      no: the field x-key has the value asked for; the request has no field
          x-key
  + shop/web: {x:[a-z]+}.shop.test/v1/web
      yes: host is {x:[a-z]+}.shop.test
      yes: path is /v1/web or below

winner: shop/web, {x:[a-z]+}.shop.test/v1/web
  it is the only route that takes the request
`),
      text,
    );
    assert.ok(!text.includes(SECRET));
  });

  test('has no line of more than 80 columns, and nothing that steers a terminal', () => {
    const hostile = hostileExplained().install?.derivation ?? shop;
    for (const [derivation, host] of [
      [shop, 'pay.shop.test'],
      [shop, 'admin.shop.test'],
      [hostile, 'a.test'],
    ] as const) {
      const text = textOf(derivation, { host });
      assert.doesNotMatch(text, /[^\P{C}\n]/u);
      if (derivation === shop) for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    }
  });
});

test('where all weights are 0, a new client gets 503, and who is served all the same is told', () => {
  const labels = {
    'traefik.enable': 'true',
    'traefik.port': '80',
    'traefik.domain': 'test',
    'traefik.weight': '0',
  };
  const drained = derivationOf([labelled('s/a', labels, 'healthy')]);
  assert.match(
    ask(drained, { host: 'a.s.test' }).answer?.why ?? '',
    /none of its servers may receive new clients$/,
  );
  const sticky = { ...labels, 'traefik.sticky': 'true' };
  const { answer } = ask(derivationOf([labelled('s/a', sticky, 'healthy')]), { host: 'a.s.test' });
  assert.equal(answer?.status, 503);
  assert.match(answer.why ?? '', /a client whose cookie _lb_[0-9a-f]{8} names one is served$/);
});
