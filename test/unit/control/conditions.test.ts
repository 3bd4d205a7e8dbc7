import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { overview } from '../../../src/admin/overview.ts';
import { viewsOf } from '../../../src/admin/installViews.ts';
import {
  announceBreaker,
  announceHealth,
  announceUntrustedServer,
} from '../../../src/control/announceConditions.ts';
import { State } from '../../../src/control/state.ts';
import { viewDerivation, type RouteView, type ServiceView } from '../../../src/control/views.ts';
import type { FailingServer } from '../../../src/model/condition.ts';
import type { Derivation } from '../../../src/model/derivation.ts';
import type { Backend, CircuitBreaker } from '../../../src/model/table.ts';
import { healthCheck } from '../../support/checks.ts';
import { keptLog } from '../../support/logLines.ts';
import { backendWith, routeOf, serverOf } from '../../support/model.ts';
import { serviceOf } from '../../support/status.ts';
import { publicationOf, refreshed } from './events.ts';

const SERVERS = [1, 2].map((n) => serverOf(`web-${n}`, `http://127.0.0.${n}:80`));
const BREAKER: CircuitBreaker = {
  expression: 'NetworkErrorRatio() > 0.5',
  condition: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.5 },
};

/** `s/web` with two servers that are checked and a circuit breaker, but for what is given. */
function derivationWith(id: string, given: Partial<Backend> = {}): Derivation {
  const asked = { healthCheck: healthCheck(), circuitBreaker: BREAKER, method: 'least' as const };
  const backend = backendWith('s/web', SERVERS, { ...asked, ...given });
  const service = serviceOf('s/web', 0, { servers: backend.servers, labels: { 'traefik.secret': 'hush' } });
  return {
    table: { id, routes: [routeOf('web.s.local', 's/web')], backends: [backend] },
    services: [service],
  };
}

function install(state: State, derivation: Derivation): void {
  state.note(refreshed('v1', publicationOf(derivation)));
  state.installed(derivation.table.id);
}

function stateOf(derivation: Derivation): State {
  const state = new State({ metadataUrl: '', refreshIntervalMs: 1, entrypoint: { address: '', port: 0 } });
  install(state, derivation);
  return state;
}

function failing(n: number, reason = 'answered 500', backend = 's/web'): FailingServer {
  return { backend, server: `web-${n}`, url: `http://127.0.0.${n}:80`, reason };
}

/** What `/api/services` and `/api/routes` answer. */
function shown(state: State): { readonly service: ServiceView; readonly route: RouteView } {
  const views = viewsOf(state.status.install!);
  const { services } = JSON.parse(views.servicesJson.toString()) as { services: ServiceView[] };
  const { routes } = JSON.parse(views.routesJson.toString()) as { routes: RouteView[] };
  assert.deepEqual(JSON.parse(JSON.stringify(views.serviceView('s/web'))), services[0]);
  return { service: services[0]!, route: routes[0]! };
}

suite('a server that fails its active check', () => {
  test('is told of when it fails and when it recovers, not while that lasts', () => {
    const state = stateOf(derivationWith('t1'));
    assert.deepEqual(state.failing([failing(1)]), { failed: [failing(1)], recovered: [] });
    const changes = state.failing([failing(1, 'refused the connection'), failing(2)]);
    assert.deepEqual(changes, { failed: [failing(2)], recovered: [] });
    assert.deepEqual(state.failing([]).recovered, [failing(1, 'refused the connection'), failing(2)]);
  });

  test('is shown with the reason, on its service and on its route', () => {
    const state = stateOf(derivationWith('t1'));
    const before = shown(state);
    assert.deepEqual(
      before.service.servers.map(({ status }) => status),
      ['active', 'active'],
    );
    state.failing([failing(2)]);
    const { service, route } = shown(state);
    assert.deepEqual(service.servers, [
      { id: 'web-1', url: 'http://127.0.0.1:80', weight: 1, status: 'active' },
      { id: 'web-2', url: 'http://127.0.0.2:80', weight: 1, status: 'failing', reason: 'answered 500' },
    ]);
    assert.deepEqual(route.servers, service.servers);
    state.failing([failing(2, 'answered 501')]);
    assert.equal(shown(state).service.servers[1]?.reason, 'answered 501');
    state.failing([]);
    assert.deepEqual(shown(state), before);
  });

  test('of another backend, or of none that is known, or that is not checked, concerns nobody', () => {
    const state = stateOf(derivationWith('t1'));
    const strangers = [failing(1, 'x', 's/other'), failing(3), { ...failing(1), url: 'http://127.0.0.9:80' }];
    assert.deepEqual(state.failing(strangers), { failed: [], recovered: [] });
    assert.equal(state.status.install?.conditions.failing.size, 0);
    const unchecked = stateOf(derivationWith('t1', { healthCheck: null }));
    assert.deepEqual(unchecked.failing([failing(1)]).failed, []);
  });

  test('stays so with a new table that has it, and is forgotten with one that has it no more', () => {
    const state = stateOf(derivationWith('t1'));
    state.failing([failing(1), failing(2)]);
    install(state, derivationWith('t2', { servers: SERVERS.slice(0, 1) }));
    assert.deepEqual([...state.status.install!.conditions.failing.values()], [failing(1)]);
    install(state, derivationWith('t3'));
    assert.deepEqual([...state.status.install!.conditions.failing.values()], [failing(1)]);
    assert.deepEqual(state.failing([failing(1)]), { failed: [], recovered: [] }, 'it left, nobody cured it');
  });
});

suite('a circuit breaker', () => {
  test('is shown with its expression and state, on its route and on the backend of its service', () => {
    const state = stateOf(derivationWith('t1'));
    for (const now of ['closed', 'open', 'recovering', 'closed'] as const) {
      state.breaker('s/web', now);
      const circuitBreaker = { expression: BREAKER.expression, state: now };
      const { service, route } = shown(state);
      assert.deepEqual(route.circuitBreaker, circuitBreaker);
      assert.deepEqual(service.backends, [{ id: 's/web', method: 'least', sticky: false, circuitBreaker }]);
    }
  });

  test('that a backend does not have is null, whatever was told of it before', () => {
    const state = stateOf(derivationWith('t1'));
    state.breaker('s/web', 'open');
    install(state, derivationWith('t2', { circuitBreaker: null }));
    assert.equal(shown(state).route.circuitBreaker, null);
    install(state, derivationWith('t3'));
    assert.equal(shown(state).route.circuitBreaker?.state, 'closed');
  });
});

suite('views', () => {
  test('are made once for an install and its conditions, and what does not depend on these once for both', () => {
    const state = stateOf(derivationWith('t1'));
    const views = viewsOf(state.status.install!);
    state.note(refreshed('v2', null));
    assert.equal(viewsOf(state.status.install!), views, 'only the metadata version is another');
    assert.equal(views.servicesJson, views.servicesJson);
    state.failing([failing(1)]);
    const after = viewsOf(state.status.install!);
    assert.notEqual(after.servicesJson, views.servicesJson);
    assert.equal(after.traefik, views.traefik);
    assert.equal(after.counts, views.counts);
  });

  test('of what is known of no condition show every server as active, as explain does', () => {
    const { services, routes } = viewDerivation(derivationWith('t1'));
    assert.ok(
      [...services, ...routes].every(({ servers }) => servers.every((one) => one.status === 'active')),
    );
    assert.equal(routes[0]?.circuitBreaker?.state, 'closed');
  });

  test('never let labels out: they may hold secrets', () => {
    assert.doesNotMatch(JSON.stringify(viewDerivation(derivationWith('t1'))), /hush|labels/);
  });

  test('of a sticky backend and of a segment say so', () => {
    const stickiness = { cookie: 'c', secure: false, httpOnly: false, sameSite: null };
    const { table, services } = derivationWith('t1', { stickiness });
    const routes = table.routes.map((route) => ({ ...route, segment: 'api' }));
    const view = viewDerivation({ table: { ...table, routes }, services });
    assert.deepEqual([view.routes[0]?.sticky, view.routes[0]?.segment], [true, 'api']);
    assert.deepEqual([view.routes[0]?.backend, view.routes[0]?.method], ['s/web', 'least']);
    assert.equal(view.services[0]?.backends[0]?.sticky, true);
  });

  test('of everything count what fails and what is open', () => {
    const state = stateOf(derivationWith('t1'));
    const counts = () => overview(state.status).conditions;
    assert.deepEqual(counts(), { failingServers: 0, ejectedServers: 0, openBreakers: 0 });
    state.failing([failing(1), failing(2)]);
    state.breaker('s/web', 'open');
    assert.deepEqual(counts(), { failingServers: 2, ejectedServers: 0, openBreakers: 1 });
    state.breaker('s/web', 'recovering');
    assert.deepEqual(counts(), { failingServers: 2, ejectedServers: 0, openBreakers: 0 });
  });
});

function brief(lines: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  return lines.map(({ level, event, msg }) => [level, event, msg]);
}

suite('the log', () => {
  test('has a line for each server that fails or recovers: who, and why', () => {
    const { log, lines } = keptLog();
    announceHealth(log, { failed: [failing(1)], recovered: [failing(2)] });
    assert.deepEqual(brief(lines), [
      [
        'warn',
        'server-failed',
        'server web-1 (http://127.0.0.1:80) of s/web fails its health check: answered 500; it gets no requests until it passes',
      ],
      [
        'info',
        'server-recovered',
        'server web-2 (http://127.0.0.2:80) of s/web passes its health check again',
      ],
    ]);
    assert.equal(lines[0]?.['reason'], 'answered 500');
  });

  test('is not flooded by many that fail together', () => {
    const { log, lines } = keptLog();
    announceHealth(log, { failed: Array.from({ length: 1_000 }, (_, i) => failing(i)), recovered: [] });
    assert.equal(lines.length, 51);
    assert.deepEqual([lines[50]?.['event'], lines[50]?.['count']], ['servers-untold', 950]);
  });

  test('warns of a circuit breaker that opens, and tells of one that recovers or closes', () => {
    const { log, lines } = keptLog();
    for (const state of ['open', 'recovering', 'closed'] as const) announceBreaker(log, 's/web', state);
    assert.deepEqual(
      lines.map(({ level, event, backend, state }) => [level, event, backend, state]),
      [
        ['warn', 'circuit-breaker', 's/web', 'open'],
        ['info', 'circuit-breaker', 's/web', 'recovering'],
        ['info', 'circuit-breaker', 's/web', 'closed'],
      ],
    );
  });

  test('warns of a server whose certificate is not trusted, and says what to do', () => {
    const { log, lines } = keptLog();
    announceUntrustedServer(log, { backend: 's/web', url: 'https://127.0.0.1:443', reason: 'self-signed' });
    assert.equal(lines[0]?.['level'], 'warn');
    assert.match(
      String(lines[0]?.['msg']),
      /of s\/web.*self-signed.*NODE_EXTRA_CA_CERTS.*LB_INSECURE_SKIP_VERIFY=true/,
    );
  });
});
