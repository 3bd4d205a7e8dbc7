import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overview } from '../../../src/admin/overview.ts';
import { notReadyStatus, NOW, failingStatus, richServices, statusOf } from '../../support/status.ts';

test('the overview counts what is routed, what it is routed to, and the findings', () => {
  assert.deepEqual(overview(statusOf(richServices())), {
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
      held: null,
    },
    entrypoints: [{ name: 'http', address: '::', port: 8080, state: 'listening' }],
    findings: { errors: 2, warnings: 2 },
    conditions: { failingServers: 0, ejectedServers: 0, openBreakers: 0 },
  });
});

test('before the first install the shape stays, with null for what is not known yet', () => {
  const { table, metadata, findings } = overview(notReadyStatus());
  assert.equal(table, null);
  assert.equal(metadata.lastSuccessAt, null);
  assert.equal(metadata.ageSeconds, null);
  assert.match(metadata.lastError?.message ?? '', /no such host/);
  assert.deepEqual(findings, { errors: 0, warnings: 0 });
});

test('metadata that fails shows its error, when it was, and the age of what is served', () => {
  const { metadata } = overview(failingStatus(true));
  assert.equal(metadata.stale, true);
  assert.equal(metadata.ageSeconds, 420);
  assert.equal(metadata.lastError?.at, '2016-07-29T11:59:56.000Z');
});

test('an age is what a clock that never jumps says: the time of day may have been set meanwhile', () => {
  const { metadata } = statusOf([]);
  const jumped = { ...metadata, lastSuccessAt: NOW + 86_400_000, ageMs: 7_400 };
  assert.equal(overview(statusOf([], { metadata: jumped })).metadata.ageSeconds, 7);
});

test('a refresh that is held shows since when and until when, and what it would leave', () => {
  const { metadata } = statusOf([]);
  const held = {
    since: NOW - 1000,
    until: NOW + 59_000,
    serversBefore: 10,
    serversAfter: 1,
    servicesLost: ['shop/web'],
    isReleased: false,
  };
  assert.deepEqual(overview(statusOf([], { metadata: { ...metadata, held } })).metadata.held, {
    since: '2016-07-29T11:59:59.000Z',
    until: '2016-07-29T12:00:59.000Z',
    serversBefore: 10,
    serversAfter: 1,
    servicesLost: ['shop/web'],
    isReleased: false,
  });
});
