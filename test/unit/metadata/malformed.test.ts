import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { container, onlyService, read, service } from '../../support/snapshots.ts';

/** What JSON.parse reads, but JSON.stringify gives up on; without `toJSON`, Node 20's does and Node 26's does not. */
function nested(depth: number): unknown {
  return JSON.parse(`${'{"toJSON":0,"a":['.repeat(depth)}1${']}'.repeat(depth)}`);
}

suite('malformed services', () => {
  const cases: readonly [string, object, RegExp][] = [
    ['labels that are a list', { labels: ['traefik.enable=true'] }, /labels is \["traefik.enable=true"\]/],
    ['containers that are an object', { containers: { a: 1 } }, /containers is \{"a":1\}/],
    ['a kind that is a number', { kind: 3 }, /kind is 3/],
    ['a health check that is text', { health_check: 'yes' }, /health_check is "yes"/],
    ['a kind that is nested too deeply', { kind: nested(100_000) }, /kind is .*nested too deeply/],
    ['a traefik label that is an object', { labels: { 'traefik.port': {} } }, /label traefik.port is \{\}/],
  ];
  for (const [what, fields, message] of cases) {
    test(`${what}: the service stays under its id, without containers, and others are unharmed`, async () => {
      const { services } = await read({ services: [service(fields), service({ name: 'well' })] });
      const [bad, well] = [services[0]!, services[1]!];
      assert.equal(bad.id, 'shop/web');
      assert.deepEqual(bad.containers, []);
      assert.deepEqual(
        bad.findings.map(({ code, severity, label }) => ({ code, severity, label })),
        [{ code: 'malformed-service', severity: 'error', label: null }],
      );
      assert.match(bad.findings[0]!.message, message);
      assert.equal(well.id, 'shop/well');
      assert.equal(well.containers.length, 1);
      assert.deepEqual(well.findings, []);
    });
  }

  test('no message repeats a credential', async () => {
    const auth = 'traefik.frontend.auth.basic.users';
    for (const [fields, says] of [
      [{ labels: { [auth]: ['secret'] } }, `label ${auth} is (redacted): expected text`],
      [{ labels: [`${auth}=secret`] }, 'labels is ["(redacted)"]'],
      [{ kind: { labels: { [auth]: 'secret' } } }, `{"labels":{"${auth}":"(r`],
      [{ containers: [{ labels: { [auth]: 'secret' } }] }, `{"labels":{"${auth}":"(r`],
    ] as const) {
      const [{ message } = { message: '' }] = (await onlyService(fields)).findings;
      assert.ok(message.includes(says), message);
      assert.doesNotMatch(message, /secret/);
    }
  });

  test('its readable labels are kept, so that it shows what it wanted', async () => {
    const { labels } = await onlyService({ containers: 5 });
    assert.deepEqual(labels, { 'traefik.enable': 'true' });
  });

  test('one without a readable name gets an id that no service can have', async () => {
    for (const bad of [null, 7, 'web', [], {}, service({ stack_name: null }), service({ name: 'a/b' })]) {
      const { services } = await read({ services: [bad] });
      assert.equal(services[0]?.id, '?/unnamed-1');
      assert.equal(services[0]?.findings[0]?.code, 'malformed-service');
    }
    const claimed = await onlyService({ stack_name: '?', name: 'unnamed-1' });
    assert.equal(claimed.findings[0]?.code, 'malformed-service');
  });

  test('names that are taken, with a field that is nested too deeply, stop nobody', async () => {
    const deep = service({ metadata: nested(100_000) });
    const { services } = await read({ services: [deep, deep, null, service({ name: 'well' })] });
    assert.deepEqual(
      services.map(({ id }) => id),
      ['?/unnamed-1', 'shop/web', 'shop/well'],
    );
  });

  test('of two with the same id one is used, a well-formed one first, and it says so', async () => {
    const { services } = await read({ services: [service({ labels: 1 }), service()] });
    assert.equal(services.length, 1);
    assert.equal(services[0]?.containers.length, 1);
    assert.deepEqual(
      services[0]?.findings.map(({ code, severity }) => ({ code, severity })),
      [{ code: 'malformed-service', severity: 'warning' }],
    );
    assert.match(services[0]?.findings[0]?.message ?? '', /2 services named shop\/web/);
  });

  test('nulls are Rancher’s habit and no mistake', async () => {
    const all = await onlyService({ kind: null, labels: null, health_check: null, containers: null });
    assert.deepEqual(all, {
      id: 'shop/web',
      stack: 'shop',
      name: 'web',
      kind: 'service',
      labels: {},
      hasHealthCheck: false,
      external: null,
      containers: [],
      findings: [],
    });
    const { containers, findings } = await onlyService({
      containers: [{ name: 'c', state: null, health_state: null, primary_ip: null, host_uuid: null }],
    });
    assert.deepEqual(findings, []);
    assert.deepEqual(containers, [
      { name: 'c', state: '', healthState: null, address: null, hostUuid: null },
    ]);
  });

  test('what is not used may be anything', async () => {
    const { findings } = await onlyService({ metadata: 5, links: [1], scale: 'many', uuid: {}, ports: 'no' });
    assert.deepEqual(findings, []);
  });

  test('numbers and booleans are label values, null is none, and other people’s objects are ignored', async () => {
    const { labels, findings } = await onlyService({
      labels: { 'traefik.port': 8080, 'traefik.enable': true, gone: null, theirs: { a: 1 }, x: '' },
    });
    assert.deepEqual(labels, { 'traefik.port': '8080', 'traefik.enable': 'true', x: '' });
    assert.deepEqual(findings, []);
  });
});

suite('malformed containers', () => {
  const cases: readonly [string, unknown, RegExp][] = [
    ['no object', 7, /in 7 it is 7/],
    ['no name', container({ name: null }), /name is null/],
    ['a state that is a number', container({ state: 1 }), /in "web-1" state is 1/],
    ['an address that is none', container({ primary_ip: 'db.local' }), /primary_ip is "db.local"/],
    ['an address with a prefix', container({ primary_ip: '127.0.0.1/16' }), /primary_ip/],
    ['an address with a zone, which only its host knows', container({ primary_ip: 'fe80::1%eth0' }), /%eth0/],
    ['nested too deeply', nested(100_000), /nested too deeply/],
    ['a health state that is an object', container({ health_state: {} }), /health_state is \{\}/],
  ];
  for (const [what, bad, message] of cases) {
    test(`${what}: it is set aside with a finding, and its fellows stay`, async () => {
      const { containers, findings } = await onlyService({ containers: [bad, container({ name: 'web-2' })] });
      assert.deepEqual(
        containers.map(({ name }) => name),
        ['web-2'],
      );
      assert.deepEqual(
        findings.map(({ code, severity }) => ({ code, severity })),
        [{ code: 'malformed-container', severity: 'error' }],
      );
      assert.match(findings[0]!.message, message);
    });
  }

  test('of two with the same name one stays, since a server’s id must be unique', async () => {
    const { containers, findings } = await onlyService({ containers: [container(), container()] });
    assert.equal(containers.length, 1);
    assert.match(findings[0]?.message ?? '', /two are named "web-1"/);
  });
});

suite('documents that cannot be used at all', () => {
  const cases: readonly [string, object, RegExp][] = [
    ['services are no list', { services: { a: 1 } }, /memory\/services is \{"a":1\}; a list was expected/],
    ['services are missing', {}, /memory\/services is missing/],
    ['the version is no string', { version: 5, services: [] }, /memory\/version is 5; a string was expected/],
  ];
  for (const [what, documents, message] of cases) {
    test(`${what}: a MetadataError of kind wrong-shape that says where`, async () => {
      await assert.rejects(read(documents), { name: 'MetadataError', kind: 'wrong-shape', message });
    });
  }

  test('null where a list is expected is an empty one, as Go writes it', async () => {
    assert.deepEqual((await read({ services: null })).services, []);
  });
});
