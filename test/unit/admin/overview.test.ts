import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overview } from '../../../src/admin/overview.ts';
import { notReadyStatus, NOW, failingStatus, richServices, statusOf } from '../../support/status.ts';

test('the overview counts what is routed, what it is routed to, and the findings', () => {
  assert.deepEqual(overview(statusOf(richServices()), NOW), {
    table: {
      id: 't-5f3c9a1e',
      metadataVersion: '8a61bc57-1a5b-4d4e-8e6b-9b2f5a1a2c3d',
      installedAt: '2016-07-29T11:58:45.000Z',
      routes: 5,
      services: 3,
      servers: 5,
    },
    metadata: {
      url: 'http://rancher-metadata/2016-07-29',
      lastSuccessAt: '2016-07-29T11:59:48.000Z',
      lastError: null,
      ageSeconds: 12,
      stale: false,
      fromState: null,
    },
    entrypoints: [{ name: 'http', address: '::', port: 8080, state: 'listening' }],
    findings: { errors: 2, warnings: 2 },
    conditions: { failingServers: 0, ejectedServers: 0, openBreakers: 0 },
  });
});

test('before the first install the shape stays, with null for what is not known yet', () => {
  const { table, metadata, findings } = overview(notReadyStatus(), NOW);
  assert.equal(table, null);
  assert.equal(metadata.lastSuccessAt, null);
  assert.equal(metadata.ageSeconds, null);
  assert.match(metadata.lastError?.message ?? '', /no such host/);
  assert.deepEqual(findings, { errors: 0, warnings: 0 });
});

test('metadata that fails shows its error, when it was, and the age of what is served', () => {
  const { metadata } = overview(failingStatus(true), NOW);
  assert.equal(metadata.stale, true);
  assert.equal(metadata.ageSeconds, 420);
  assert.equal(metadata.lastError?.at, '2016-07-29T11:59:56.000Z');
});

test('an age is never negative, also when the clock was set back', () => {
  assert.equal(overview(statusOf([]), NOW - 60_000).metadata.ageSeconds, 0);
});
