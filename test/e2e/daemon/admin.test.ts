import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ADDRESSES, startContainers, webTest } from '../../support/containers.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';

/** The types of a value's parts, with its keys in their order: arrays are described by their first item. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return 'time';
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
}

const SERVER = { id: 'string', url: 'string', weight: 'number', status: 'string' };
const FINDING = { code: 'string', severity: 'string', label: 'null', message: 'string' };
const SERVICE = {
  id: 'string',
  stack: 'string',
  name: 'string',
  state: 'string',
  summary: 'string',
  routed: 'boolean',
  hosts: ['string'],
  backends: [{ id: 'string', method: 'string', sticky: 'boolean', circuitBreaker: 'null' }],
  servers: [SERVER],
  containers: [{ name: 'string', eligible: 'boolean', reason: 'null' }],
  findings: [],
};
const TABLE = {
  id: 'string',
  metadataVersion: 'string',
  installedAt: 'time',
  routes: 'number',
  services: 'number',
  servers: 'number',
};

interface RoutesBody {
  readonly tableId: string;
  readonly routes: readonly Readonly<Record<string, unknown>>[];
}

test('every endpoint answers in the shape that scripts and dashboards rely on', async (t) => {
  const port = await startContainers(t, ADDRESSES);
  const environment = webTest(port, ['web-1', 'web-2']);
  const noCheck = {
    name: 'zz-no-check',
    labels: { 'traefik.enable': 'true', 'traefik.port': '80' },
    healthCheck: false,
  };
  const stacks = [{ ...environment.stacks[0]!, services: [...environment.stacks[0]!.services, noCheck] }];
  const metadata = await startStandIn(t, { stacks });
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  const entrypoint = await lb.daemon.ready;

  const ping = await lb.admin('/ping');
  assert.deepEqual([ping.status, ping.body], [200, 'OK']);
  const ready = await lb.admin('/ready');
  assert.deepEqual([ready.status, ready.body], [200, { ready: true }]);

  assert.deepEqual(shapeOf((await lb.admin('/api/version')).body), {
    name: 'string',
    version: 'string',
    node: 'string',
    startedAt: 'time',
    uptimeSeconds: 'number',
  });

  const overview = await lb.overview();
  assert.deepEqual(shapeOf(overview), {
    table: TABLE,
    metadata: {
      url: 'string',
      lastSuccessAt: 'time',
      lastError: 'null',
      ageSeconds: 'number',
      stale: 'boolean',
      fromState: 'null',
      held: 'null',
    },
    entrypoints: [{ name: 'string', address: 'string', port: 'number', state: 'string' }],
    findings: { errors: 'number', warnings: 'number' },
    conditions: { failingServers: 'number', ejectedServers: 'number', openBreakers: 'number' },
  });
  assert.deepEqual(overview.entrypoints, [
    { name: 'http', address: '127.0.0.1', port: entrypoint.port, state: 'listening' },
  ]);
  const { routes, services, servers } = overview.table!;
  assert.deepEqual([routes, services, servers], [2, 2, 2]);
  assert.equal(overview.metadata.url, metadata.base);

  const { body: routesBody } = await lb.admin<RoutesBody>('/api/routes');
  assert.equal(routesBody.tableId, overview.table!.id);
  const route = routesBody.routes[0]!;
  for (const key of ['host', 'path', 'pathKind', 'priority', 'service', 'servers'])
    assert.ok(key in route, key);
  assert.deepEqual(
    [route['host'], route['path'], route['service']],
    ['web-test.proxy-test.local', '/', 'proxy-test/web-test'],
  );

  const { body: all } = await lb.admin('/api/services');
  assert.deepEqual(shapeOf(all), { services: [SERVICE] });
  const one = await lb.admin('/api/services/proxy-test/web-test');
  assert.deepEqual(shapeOf(one.body), SERVICE);
  const other = await lb.admin<{ findings: unknown }>('/api/services/proxy-test/zz-no-check');
  assert.deepEqual(shapeOf(other.body.findings), [{ ...FINDING, label: 'string' }]);

  const unknown = await lb.admin('/api/services/no/body');
  assert.equal(unknown.status, 404);
  assert.deepEqual(shapeOf(unknown.body), { error: { code: 'string', message: 'string' } });

  const page = await lb.admin<string>('/');
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.body, /web-test\.proxy-test\.local/);
});

test("Rancher's health check is answered from the first moment on, whatever the metadata does", async (t) => {
  const metadata = await startStandIn(t);
  metadata.fault({ kind: 'hang' });
  const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
  const socket = connect(lb.daemon.admin.port, '127.0.0.1');
  socket.setEncoding('latin1').end('GET /ping HTTP/1.0\r\n\r\n');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nOK$/);
  assert.deepEqual((await lb.admin('/ready')).body, {
    ready: false,
    reasons: [
      'no table is installed yet: metadata was not read so far',
      'the HTTP entrypoint does not listen yet',
    ],
  });
});
