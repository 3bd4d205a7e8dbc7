import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import type { ServiceReport } from '../../../src/model/report.ts';
import { PUBLISHED, SETTINGS, containerOf, serviceOf, snapshotOf } from './environment.ts';

function reportOf(labels: Readonly<Record<string, string>>): ServiceReport {
  const service = serviceOf('s/a', { labels, containers: [containerOf('c1', '127.0.0.1')] });
  const [report] = derive(snapshotOf(service), SETTINGS).services;
  assert.ok(report !== undefined);
  return report;
}

suite('a report of a service with segments', () => {
  const { 'traefik.port': _, ...withoutPort } = PUBLISHED;

  test('has the servers of all its segments, and the hosts of those that are not dropped', () => {
    const report = reportOf({
      ...withoutPort,
      'traefik.web.port': '8080',
      'traefik.admin.port': '9090',
      'traefik.admin.domain': 'admin.test',
      'traefik.bad.frontend.rule': 'Host:bad.test',
    });
    assert.equal(report.routed, true);
    assert.deepEqual(report.hosts, ['a.s.admin.test', 'a.s.local']);
    assert.deepEqual(
      report.servers.map(({ id, url }) => `${id} ${url}`),
      ['c1 http://127.0.0.1:8080', 'c1 http://127.0.0.1:9090'],
    );
    assert.deepEqual(
      report.findings.map(({ code, segment, label }) => [code, segment, label]),
      [['invalid-port', 'bad', 'traefik.bad.port']],
    );
  });

  test('has no servers of a segment that lost all its hosts', () => {
    const report = reportOf({ ...withoutPort, 'traefik.web.port': '8080', 'traefik.api.port': '9090' });
    assert.deepEqual(
      report.servers.map(({ url }) => url),
      ['http://127.0.0.1:9090'],
    );
  });
});

suite('more segments than a service may have', () => {
  test('cost little, and those that come last by name are refused', () => {
    const labels: Record<string, string> = { ...PUBLISHED };
    for (let i = 0; i < 2000; i++) {
      labels[`traefik.s${i}.frontend.rule`] = `Host:s${i}.test`;
      labels[`traefik.frontend.errors.e${i}.query`] = 'x';
      labels[`traefik.s ${i}.weight`] = '1';
    }
    const report = reportOf(labels);
    assert.equal(report.hosts.length, 50);
    assert.equal(report.findings.filter(({ severity }) => severity === 'error').length, 10 + 1);
    assert.equal(report.findings.filter(({ code }) => code === 'unsupported-label').length, 2000);
  });
});

suite('what a name of a segment or backend may hold', () => {
  test('never throws and never reaches another stack, whatever it is', () => {
    for (const name of ['/', '..', '%2F', 'a//b', 'ü', '__proto__', '\u2028', '\ud800', ' ']) {
      const labels = { ...PUBLISHED, 'traefik.backend': name, [`traefik.${name}.port`]: '1' };
      const { table } = derive(
        snapshotOf(serviceOf('s/a', { labels }), serviceOf('t/a', { labels: PUBLISHED })),
        SETTINGS,
      );
      for (const { id } of table.backends) assert.match(id, /^(?:s\/.*|t\/a)$/, name);
    }
  });
});

suite('what a health check sends', () => {
  test('never appears in a finding, also where it is wrong or without effect', () => {
    for (const path of [{}, { 'traefik.backend.healthcheck.path': '/' }]) {
      const headers = 'Authorization: secret||secret||Host:secret||X:se\u0000cret||secret:secret';
      const { findings } = reportOf({
        ...PUBLISHED,
        ...path,
        'traefik.backend.healthcheck.headers': headers,
      });
      assert.notEqual(findings.length, 0);
      assert.doesNotMatch(JSON.stringify(findings), /secret/);
    }
  });
});
