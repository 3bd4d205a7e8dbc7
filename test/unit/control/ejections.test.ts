import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { overview } from '../../../src/admin/overview.ts';
import { viewsOf } from '../../../src/admin/installViews.ts';
import { EjectionNews } from '../../../src/control/announceEjections.ts';
import { explainBackend } from '../../../src/control/explainServers.ts';
import { State } from '../../../src/control/state.ts';
import type { ServerView } from '../../../src/control/views.ts';
import type { EjectedServer } from '../../../src/model/condition.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import { healthCheck } from '../../support/checks.ts';
import { keptLog } from '../../support/logLines.ts';
import { backendWith, routeOf, serverOf } from '../../support/model.ts';
import { NOW, serviceOf } from '../../support/status.ts';
import { publicationOf, refreshed } from './events.ts';

/** `s/web` with so many servers, of which the first two are preferred. */
function derivationWith(id: string, count = 3): Derivation {
  const servers = Array.from({ length: count }, (_, n) =>
    serverOf(`web-${n}`, `http://127.0.0.${n + 1}:80`, { isPreferred: n < 2 }),
  );
  return {
    table: {
      id,
      routes: [routeOf('web.s.local', 's/web')],
      backends: [backendWith('s/web', servers, { healthCheck: healthCheck() })],
    },
    services: [serviceOf('s/web', 0, { servers })],
  };
}

function install(state: State, derivation: Derivation): State {
  state.note(refreshed('v1', publicationOf(derivation)));
  state.installed(derivation.table.id);
  return state;
}

function start(): State {
  const state = new State({ metadataUrl: '', refreshIntervalMs: 1, entrypoint: { address: '', port: 0 } });
  return install(state, derivationWith('t1'));
}

function ejected(n: number, until: number | null = NOW + 5_000): EjectedServer {
  const reason = 'did not answer in time, 3 times in a row';
  return { backend: 's/web', server: `web-${n}`, url: `http://127.0.0.${n + 1}:80`, reason, until };
}

/** What `/api/services` shows of the servers; `/api/routes` shows the same. */
function shown(state: State): readonly ServerView[] {
  const views = viewsOf(state.status.install!);
  const { services } = JSON.parse(views.servicesJson.toString()) as {
    services: { servers: readonly ServerView[] }[];
  };
  const { routes } = JSON.parse(views.routesJson.toString()) as {
    routes: { servers: readonly ServerView[] }[];
  };
  assert.deepEqual(routes[0]!.servers, services[0]!.servers);
  return services[0]!.servers;
}

suite('a server that is ejected', () => {
  test('is shown with the reason and the time it is tried again, then as on probation, then as before', () => {
    const state = start();
    const before = shown(state);
    state.ejected(ejected(0));
    const { status, reason } = shown(state)[0]!;
    assert.equal(status, 'ejected');
    assert.equal(
      reason,
      'did not answer in time, 3 times in a row; it gets no requests until 2016-07-29T12:00:05.000Z',
    );
    state.ejected(ejected(0, null));
    assert.match(shown(state)[0]!.reason!, /in a row; on probation it gets one request at a time/);
    assert.deepEqual(shown(state).slice(1), before.slice(1));
    state.readmitted(ejected(0));
    assert.deepEqual(shown(state), before);
  });

  test('leaves those that are not preferred on standby as long as another preferred one is left', () => {
    const state = start();
    state.ejected(ejected(0));
    assert.equal(shown(state)[2]!.status, 'standby');
    state.ejected(ejected(1));
    assert.deepEqual(
      shown(state).map(({ status }) => status),
      ['ejected', 'ejected', 'active'],
    );
  });

  test('whose check fails, too, is shown as failing', () => {
    const state = start();
    state.ejected(ejected(0));
    const { backend, server, url } = ejected(0);
    state.failing([{ backend, server, url, reason: 'answered 500' }]);
    assert.equal(shown(state)[0]!.status, 'failing');
  });

  test('is counted and explained', () => {
    const state = start();
    assert.equal(overview(state.status).conditions.ejectedServers, 0);
    state.ejected(ejected(0));
    assert.equal(overview(state.status).conditions.ejectedServers, 1);
    const { table, services } = derivationWith('t1');
    const { conditions } = state.status.install!;
    const { servers } = explainBackend(table.backends[0]!, services, conditions);
    assert.deepEqual(
      servers.map(({ receives, sharePercent }) => [receives, sharePercent]),
      [
        [false, 0],
        [true, 100],
        [false, 0],
      ],
    );
    assert.match(servers[0]!.why!, /it is ejected, since it did not answer in time/);
  });

  test('stays so with a new table that has it, and is forgotten with one that has it no more', () => {
    const state = start();
    state.ejected(ejected(0));
    state.ejected(ejected(2));
    install(state, derivationWith('t2', 1));
    assert.deepEqual([...state.status.install!.conditions.ejected.values()], [ejected(0)]);
    install(state, derivationWith('t3'));
    assert.deepEqual([...state.status.install!.conditions.ejected.values()], [ejected(0)]);
  });

  test('of a table that is not installed yet is shown once it is', () => {
    const state = start();
    state.ejected(ejected(3));
    assert.equal(state.status.install!.conditions.ejected.size, 0);
    assert.equal(shown(install(state, derivationWith('t2', 4)))[3]!.status, 'ejected');
  });
});

/** What is logged of ejections, by a clock that goes when it is told to. */
function news(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  const { log, lines } = keptLog();
  return { lines, news: new EjectionNews(log) };
}

suite('the log of ejections', () => {
  test('has a line for each ejection and each readmission, none for a probation', (t) => {
    const { lines, news: told } = news(t);
    told.ejected(ejected(0));
    told.ejected(ejected(0, null));
    told.readmitted(ejected(0));
    assert.deepEqual(
      lines.map(({ level, event, server, seconds }) => [level, event, server, seconds]),
      [
        ['warn', 'server-ejected', 'web-0', 5],
        ['info', 'server-readmitted', 'web-0', undefined],
      ],
    );
    assert.match(String(lines[0]!['msg']), /of s\/web is ejected: it did not answer.*no requests for 5 s/);
  });

  test('is not flooded by many at a time, but says how many there were', (t) => {
    const { lines, news: told } = news(t);
    for (let n = 0; n < 1_000; n += 1) told.ejected(ejected(n));
    assert.equal(lines.length, 50);
    t.mock.timers.tick(10_000);
    assert.deepEqual([lines[50]?.['event'], lines[50]?.['count']], ['servers-untold', 950]);
    told.ejected(ejected(0));
    assert.equal(lines.length, 52);
    t.mock.timers.tick(10_000);
    assert.equal(lines.length, 52);
  });
});
