import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { State } from '../../src/control/state.ts';
import type { EjectedServer } from '../../src/model/condition.ts';
import type { Derivation } from '../../src/model/derivation.ts';
import { ProxyNews } from '../../src/proxyNews.ts';
import type { News } from '../../src/traffic/news.ts';
import { keptLog } from '../support/logLines.ts';
import { backendWith, routeOf, serverOf } from '../support/model.ts';
import { serviceOf } from '../support/status.ts';
import { publicationOf, refreshed } from './control/events.ts';

const SERVERS = ['web-0', 'web-1', 'web-2'].map((id, n) => serverOf(id, `http://127.0.0.${n + 1}:80`));
const CIRCUIT_BREAKER = {
  expression: 'NetworkErrorRatio() > 0.5',
  condition: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.5 },
} as const;

function derivationWith(id: string, servers = SERVERS): Derivation {
  const backend = backendWith('s/web', servers, { circuitBreaker: CIRCUIT_BREAKER });
  return {
    table: { id, routes: [routeOf('web.s.local', 's/web')], backends: [backend] },
    services: [serviceOf('s/web', 0, { servers })],
  };
}

function ejected(n: number, until: number | null = Date.now() + 5_000): EjectedServer {
  const { id, url } = SERVERS[n]!;
  return { backend: 's/web', server: id, url, reason: 'broke off', until };
}

function start() {
  const { log, lines } = keptLog('info');
  const state = new State({ metadataUrl: '', refreshIntervalMs: 1, entrypoint: { address: '', port: 0 } });
  const spread: { readonly news: News; readonly by: number }[] = [];
  const news = new ProxyNews(log, state, (what, by) => spread.push({ news: what, by }));
  const install = (derivation: Derivation): void => {
    state.note(refreshed('v1', publicationOf(derivation)));
    state.installed(derivation.table.id);
    news.follow();
  };
  install(derivationWith('t1'));
  return {
    news,
    install,
    spread,
    events: () => lines.splice(0).map(({ event }) => event),
    lines,
    get out() {
      return [...state.status.install!.conditions.ejected.values()];
    },
    get breakers() {
      return Object.fromEntries(state.status.install!.conditions.breakers);
    },
  };
}

suite('what proxy threads find out about a server', () => {
  test('is told once, and to the others, who say that they have done the same', () => {
    const told = start();
    const server = ejected(0);
    told.news.hear({ kind: 'ejected', server, isTold: false }, 1);
    told.news.hear({ kind: 'ejected', server, isTold: true }, 0);
    // Found by itself, before it was told.
    told.news.hear({ kind: 'ejected', server, isTold: false }, 2);
    assert.deepEqual(told.events(), ['server-ejected']);
    assert.deepEqual(told.spread, [
      { news: { kind: 'ejected', server }, by: 1 },
      { news: { kind: 'ejected', server }, by: 2 },
    ]);
    assert.deepEqual(told.out, [server]);
  });

  test('is shown as long as some thread has it so: out, then on probation, then well', () => {
    const told = start();
    const server = ejected(0);
    for (const [by, isTold] of [false, true].entries())
      told.news.hear({ kind: 'ejected', server, isTold }, by);
    const onProbation = { ...server, until: null };
    told.news.hear({ kind: 'ejected', server: onProbation, isTold: false }, 0);
    assert.deepEqual(told.out, [server]);
    told.news.hear({ kind: 'ejected', server: onProbation, isTold: false }, 1);
    assert.deepEqual(told.out, [onProbation]);
    told.events();
    told.spread.length = 0;
    told.news.hear({ kind: 'readmitted', server, isTold: false }, 1);
    assert.deepEqual(told.out, [onProbation]);
    assert.deepEqual(told.spread, [{ news: { kind: 'readmitted', server }, by: 1 }]);
    told.news.hear({ kind: 'readmitted', server, isTold: true }, 0);
    assert.deepEqual([told.out, told.events()], [[], ['server-readmitted']]);
  });

  test('is told again when it is ejected again after its probation', () => {
    const told = start();
    told.news.hear({ kind: 'ejected', server: ejected(0), isTold: false }, 0);
    told.news.hear({ kind: 'ejected', server: ejected(0, null), isTold: false }, 0);
    told.news.hear({ kind: 'ejected', server: ejected(0), isTold: false }, 0);
    assert.deepEqual(told.events(), ['server-ejected', 'server-ejected']);
  });

  test('is handed over to who takes the place of a crashed one, whether it was the only one to know or not', () => {
    const told = start();
    told.news.hear({ kind: 'ejected', server: ejected(0), isTold: false }, 0);
    told.news.hear({ kind: 'ejected', server: ejected(1), isTold: false }, 1);
    told.news.hear({ kind: 'ejected', server: ejected(2, null), isTold: false }, 0);
    told.news.hear({ kind: 'breaker', backend: 's/web', state: 'open', isTold: false }, 0);
    told.events();
    const news = told.news.handOver(0);
    assert.deepEqual(
      news.map((each) => (each.kind === 'open' ? each.backend : each.server.server)),
      ['web-0', 'web-1', 's/web'],
    );
    // What it does not say again is not so any more.
    assert.deepEqual(
      told.out.map(({ server }) => server),
      ['web-1'],
    );
    told.news.hear({ kind: 'ejected', server: ejected(0), isTold: true }, 0);
    told.news.hear({ kind: 'breaker', backend: 's/web', state: 'open', isTold: true }, 0);
    assert.deepEqual(told.out.map(({ server }) => server).sort(), ['web-0', 'web-1']);
    assert.deepEqual(told.breakers, { 's/web': 'open' });
    assert.deepEqual(told.events(), []);
  });

  test('is forgotten with a table that has it no more', () => {
    const told = start();
    told.news.hear({ kind: 'ejected', server: ejected(0), isTold: false }, 0);
    told.install(derivationWith('t2', SERVERS.slice(1)));
    told.install(derivationWith('t3'));
    assert.deepEqual([told.out, told.news.handOver(1)], [[], []]);
  });
});

suite('what proxy threads tell besides', () => {
  test('of circuit breakers is the worst that one of them has, and one line for each change', () => {
    const told = start();
    const hear = (by: number, state: 'open' | 'recovering' | 'closed', isTold = false): void =>
      told.news.hear({ kind: 'breaker', backend: 's/web', state, isTold }, by);
    hear(0, 'open');
    hear(1, 'open', true);
    assert.deepEqual([told.events().length, told.breakers], [1, { 's/web': 'open' }]);
    assert.deepEqual(told.spread, [{ news: { kind: 'open', backend: 's/web' }, by: 0 }]);
    hear(0, 'recovering');
    assert.deepEqual([told.events().length, told.breakers], [0, { 's/web': 'open' }]);
    hear(1, 'recovering');
    assert.deepEqual([told.events().length, told.breakers], [1, { 's/web': 'recovering' }]);
    hear(0, 'closed');
    hear(1, 'closed');
    assert.deepEqual([told.events().length, told.breakers], [1, { 's/web': 'closed' }]);
    assert.equal(told.spread.length, 1);
  });

  test('of untrusted peers and servers is told once for all', () => {
    const told = start();
    for (const by of [0, 1]) {
      told.news.hear({ kind: 'untrustedForwarder', peer: '10.0.0.1' }, by);
      told.news.hear({ kind: 'untrustedServer', backend: 's/web', url: 'u', reason: 'r' }, by);
    }
    assert.deepEqual(told.events(), ['untrusted-forwarder', 'untrusted-server']);
  });

  test('of an overload is told from the first that has one to the last, with what it cost all of them', () => {
    const told = start();
    const begun = { kind: 'overload', state: 'begun', limit: 9, durationMs: 0, shed: 0, refused: 0 } as const;
    const over = { ...begun, state: 'over', durationMs: 5 } as const;
    told.news.hear(begun, 0);
    told.news.hear(begun, 1);
    told.news.hear({ ...over, shed: 2, refused: 1 }, 0);
    assert.deepEqual(told.events(), ['connections-at-limit']);
    told.news.hear({ ...over, shed: 3, refused: 1 }, 1);
    const [line] = told.lines;
    assert.deepEqual([line?.['event'], line?.['shed'], line?.['refused']], ['connections-below-limit', 5, 2]);
    told.events();
    // One that crashes has none any more.
    told.news.hear(begun, 0);
    told.news.handOver(0);
    told.news.hear(begun, 1);
    told.news.hear({ ...over, shed: 1 }, 1);
    assert.deepEqual(told.events(), [
      'connections-at-limit',
      'connections-at-limit',
      'connections-below-limit',
    ]);
  });
});
