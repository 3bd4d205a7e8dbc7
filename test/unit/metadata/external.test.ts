import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { onlyService } from '../../support/snapshots.ts';

/** What becomes of an external service with these fields. */
async function externalOf(fields: object) {
  const service = await onlyService({ kind: 'externalService', containers: null, ...fields });
  return { external: service.external, findings: service.findings };
}

suite('an external service', () => {
  test('is at its addresses, each once and sorted', async () => {
    const { external, findings } = await externalOf({
      external_ips: ['127.0.0.3', ' 127.0.0.2', '127.0.0.3', '::1'],
    });
    assert.deepEqual(external, { addresses: ['127.0.0.2', '127.0.0.3', '::1'], hostname: null });
    assert.deepEqual(findings, []);
  });

  test('is at its hostname where it has no address, without case or final dot', async () => {
    const { external } = await externalOf({ external_ips: [], hostname: ' API.example.test. ' });
    assert.deepEqual(external, { addresses: [], hostname: 'api.example.test' });
  });

  test('is at its addresses where it has both', async () => {
    const { external } = await externalOf({ external_ips: ['127.0.0.2'], hostname: 'api.test' });
    assert.deepEqual(external, { addresses: ['127.0.0.2'], hostname: null });
  });

  test('whose hostname is an address is at that', async () => {
    const { external } = await externalOf({ external_ips: null, hostname: '127.0.0.9' });
    assert.deepEqual(external, { addresses: ['127.0.0.9'], hostname: null });
  });

  test('may be nowhere yet', async () => {
    const { external, findings } = await externalOf({});
    assert.deepEqual(external, { addresses: [], hostname: null });
    assert.deepEqual(findings, []);
  });
});

suite('what is malformed about an external service', () => {
  const cases: readonly [string, object, readonly string[], RegExp][] = [
    ['a name', { external_ips: ['db.test', '127.0.0.2'] }, ['127.0.0.2'], /external_ips has "db.test"/],
    ['a number', { external_ips: [5, '127.0.0.2'] }, ['127.0.0.2'], /external_ips has 5/],
    ['null', { external_ips: [null, '127.0.0.2'] }, ['127.0.0.2'], /external_ips has null/],
    ['an address with a zone', { external_ips: ['fe80::1%eth0', '::1'] }, ['::1'], /"fe80::1%eth0"/],
    ['a list that is none', { external_ips: { a: 1 } }, [], /external_ips is \{"a":1\}: expected a list/],
    [
      'a hostname that is none',
      { external_ips: ['127.0.0.2'], hostname: 7 },
      ['127.0.0.2'],
      /hostname is 7: expected a name/,
    ],
    ['a hostname with a zone', { hostname: 'fe80::1%eth0' }, [], /"fe80::1%eth0": expected an IP address/],
  ];
  for (const [what, fields, addresses, message] of cases) {
    test(`${what}: costs only itself, and is told`, async () => {
      const { external, findings } = await externalOf(fields);
      assert.deepEqual(external, { addresses, hostname: null });
      assert.deepEqual(
        findings.map(({ code, severity, label }) => [code, severity, label]),
        [['malformed-service', 'warning', null]],
      );
      assert.match(findings[0]!.message, message);
    });
  }

  test('costs no service of another kind anything', async () => {
    const { external, findings } = await onlyService({ external_ips: 7, hostname: {} });
    assert.equal(external, null);
    assert.deepEqual(findings, []);
  });
});
