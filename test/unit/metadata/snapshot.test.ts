import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { snapshotWith } from '../../support/model.ts';
import { METADATA_VERSIONS, documentsOf } from '../../../src/demo/versions.ts';
import { readSnapshot } from '../../../src/metadata/snapshot.ts';
import { captureAll } from '../../support/captures.ts';
import { documentsIn } from '../../support/metadata.ts';
import { container, onlyService, read, service } from '../../support/snapshots.ts';

/** The same lists in an order that depends on their items alone. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (inWords(a) < inWords(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, each]) => [name, sorted(each)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const inWords = (value: unknown) => JSON.stringify(value);

suite('the recorded captures', () => {
  test('all versions give the same snapshot, but for the case of names that 2016-07-29 loses', async () => {
    const [oldest, middle, newest] = await Promise.all(
      METADATA_VERSIONS.map((version) => read(captureAll(version))),
    );
    assert.deepEqual(oldest, middle);
    const lower = middle!.services.map((each) => ({
      ...each,
      id: each.id.toLowerCase(),
      stack: each.stack.toLowerCase(),
      name: each.name.toLowerCase(),
      containers: each.containers.map((one) => ({ ...one, name: one.name.toLowerCase() })),
    }));
    assert.deepEqual(
      newest!.services,
      lower.sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  test('the main job: web-test has three healthy containers with their addresses', async () => {
    const snapshot = await read(captureAll('2016-07-29'));
    assert.equal(snapshot.version, 'f5dc9337-0a77-4c4e-a89c-cf9d9be8ffa7');
    assert.deepEqual(
      snapshot.services.map(({ id }) => id),
      [
        'edge/ext-api',
        'edge/ext-host',
        'edge/lb',
        'edge/web-alias',
        'healthcheck/healthcheck',
        'proxy-test/idle',
        'proxy-test/mixed',
        'proxy-test/no-check',
        'proxy-test/traefik',
        'proxy-test/traefik-conf',
        'proxy-test/web-test',
      ],
    );
    const webTest = snapshot.services.find(({ id }) => id === 'proxy-test/web-test');
    assert.deepEqual(webTest, {
      id: 'proxy-test/web-test',
      stack: 'proxy-test',
      name: 'web-test',
      kind: 'service',
      labels: { 'traefik.domain': 'local', 'traefik.enable': 'true', 'traefik.port': '8080' },
      hasHealthCheck: true,
      external: null,
      containers: [
        ['proxy-test-web-test-1', '127.42.101.11', 'c3e9a882-387f-5ccc-aa34-6db65be1d51e'],
        ['proxy-test-web-test-2', '127.42.102.12', '176863e2-667e-52fd-bd08-a09142248262'],
        ['proxy-test-web-test-3', '127.42.103.13', 'f9986d20-ca12-5fd3-8cc8-71c2318b8735'],
      ].map(([name, address, hostUuid]) => ({
        name,
        state: 'running',
        healthState: 'healthy',
        address,
        hostUuid,
      })),
      findings: [],
    });
  });

  test('sidekicks are services of their own, and services without containers or health check are kept', async () => {
    const { services } = await read(captureAll('2015-07-25'));
    const byId = new Map(services.map((each) => [each.id, each]));
    assert.deepEqual(
      byId.get('proxy-test/traefik-conf')?.containers.map(({ name }) => name),
      ['proxy-test-traefik-traefik-conf-1'],
    );
    assert.deepEqual(byId.get('proxy-test/idle')?.containers, []);
    assert.equal(byId.get('proxy-test/no-check')?.hasHealthCheck, false);
    assert.equal(byId.get('Edge/Ext-API')?.kind, 'externalService');
    assert.equal(services.flatMap(({ findings }) => findings).length, 0);
  });

  test('a container of a managed network that has no address yet stays without one', async () => {
    for (const version of METADATA_VERSIONS) {
      const { services } = await read(captureAll(version));
      const mixed = services.find(({ id }) => id === 'proxy-test/mixed');
      assert.equal(mixed?.containers[5]?.name, 'proxy-test-mixed-6');
      assert.equal(mixed?.containers[5]?.address, null);
    }
  });

  test('the stand-in converts one version into exactly what was recorded of the others', () => {
    const { version: _version, ...recorded } = captureAll('2015-12-19');
    for (const version of METADATA_VERSIONS) {
      const { version: _tag, ...expected } = captureAll(version);
      assert.deepEqual(sorted(documentsOf(version, recorded)), sorted(expected), version);
    }
  });
});

suite('what is read', () => {
  test('only version and services where they hold all that is needed', async () => {
    const documents = documentsIn(captureAll('2016-07-29'));
    await readSnapshot(documents);
    assert.deepEqual(documents.reads, ['version', 'services']);
  });

  test('containers too where services only name them', async () => {
    const documents = documentsIn(captureAll('2015-07-25'));
    await readSnapshot(documents);
    assert.deepEqual(documents.reads, ['version', 'services', 'containers']);
  });

  test('the version before the services, so that it never claims data that was not read', async () => {
    const documents = documentsIn({ version: 'v1', services: [] });
    const snapshot = await readSnapshot(documents);
    assert.deepEqual(documents.reads, ['version', 'services']);
    assert.deepEqual(snapshot, snapshotWith([]));
  });

  test('a container of the same name in another service or stack is not taken for it', async () => {
    const { services } = await read({
      services: [service({ containers: ['web-1'] })],
      containers: [
        container({ stack_name: 'shop', service_name: 'other', primary_ip: '127.0.0.9' }),
        container({ stack_name: 'other', service_name: 'web', primary_ip: '127.0.0.8' }),
        container({ stack_name: 'shop', service_name: 'web', primary_ip: '127.0.0.7' }),
        container({ stack_name: null, service_name: null }),
      ],
    });
    assert.deepEqual(
      services[0]?.containers.map(({ address }) => address),
      ['127.0.0.7'],
    );
  });

  test('a container that is named but not listed is set aside with a finding', async () => {
    const { services } = await read({ services: [service({ containers: ['gone-1'] })], containers: null });
    assert.deepEqual(services[0]?.containers, []);
    assert.equal(services[0]?.findings[0]?.code, 'malformed-container');
    assert.match(services[0]?.findings[0]?.message ?? '', /"gone-1"/);
  });
});

suite('the order of the input never changes the snapshot', () => {
  test('services are sorted by id and containers by name, in byte order', async () => {
    const names = ['b', 'a', 'Z', 'a-1', '\u{1F600}', '\uFF5E', 'é'];
    const { services } = await read({ services: names.map((name) => service({ name, containers: null })) });
    assert.deepEqual(
      services.map(({ name }) => name),
      ['Z', 'a', 'a-1', 'b', 'é', '\uFF5E', '\u{1F600}'],
    );
    const { containers } = await onlyService({
      containers: ['w-2', 'w-10', 'W-1'].map((name) => container({ name })),
    });
    assert.deepEqual(
      containers.map(({ name }) => name),
      ['W-1', 'w-10', 'w-2'],
    );
  });

  test('nor does it choose among duplicates, number the nameless, or order findings', async () => {
    const list = [
      service({ labels: { 'traefik.port': '1' } }),
      service({ labels: { 'traefik.port': '2' } }),
      service({ labels: 'none' }),
      service({ name: null, labels: { a: '1' } }),
      service({ name: 5, labels: { b: '1' } }),
      null,
      service({
        name: 'twins',
        containers: [container(), container({ primary_ip: '127.0.0.3' }), 7, container({ name: '' })],
      }),
    ];
    const one = await read({ services: list });
    const other = await read({
      services: list
        .map((each) =>
          each?.name === 'twins' ? { ...each, containers: each.containers.toReversed() } : each,
        )
        .toReversed(),
    });
    assert.deepEqual(other, one);
    assert.deepEqual(
      one.services.map(({ id }) => id),
      ['?/unnamed-1', '?/unnamed-2', '?/unnamed-3', 'shop/twins', 'shop/web'],
    );
  });
});
