import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf } from '../../../src/health/check.ts';
import { healthCheck } from '../../support/checks.ts';
import { backendWith, serverOf } from '../../support/model.ts';

test('every server of a backend that asks for it is checked, and one in two backends twice', () => {
  const web = serverOf('web-1', 'http://127.0.0.1:80', { hostname: 'web.test' });
  const how = [healthCheck({ path: '/a' }), healthCheck({ path: '/b' })];
  const backends = [
    backendWith('s/a', [web, serverOf('web-2', 'http://127.0.0.2:80')], { healthCheck: how[0]! }),
    backendWith('s/b', [web], { healthCheck: how[1]! }),
    backendWith('s/c', [web]),
    backendWith('s/d', [], { healthCheck: how[0]! }),
  ];
  const checks = checksOf({ id: 't', routes: [], backends });
  assert.deepEqual(
    checks.map((check) => [check.backend, check.server, check.url, check.hostname, check.how]),
    [
      ['s/a', 'web-1', 'http://127.0.0.1:80', 'web.test', how[0]],
      ['s/a', 'web-2', 'http://127.0.0.2:80', null, how[0]],
      ['s/b', 'web-1', 'http://127.0.0.1:80', 'web.test', how[1]],
    ],
  );
});
