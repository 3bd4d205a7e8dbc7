import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announceFailedLogin, announceRelease } from '../../../src/admin/announceLogin.ts';
import { keptLog } from '../../support/logLines.ts';

test('a failed login, a client that must wait and a release are one line each, for people and for machines', () => {
  const { log, lines } = keptLog();
  const failed = { client: '192.0.2.1', user: 'ops', isLimited: false, untold: 0 };
  announceFailedLogin(log, failed);
  announceFailedLogin(log, { ...failed, isLimited: true, untold: 3 });
  announceRelease(log, { user: 'ops', client: '192.0.2.1' });
  announceRelease(log, { user: null, client: '192.0.2.1' });
  assert.deepEqual(
    lines.map(({ level, event, msg }) => [level, event, msg]),
    [
      ['warn', 'admin-login-failed', 'a login at the admin server failed, from 192.0.2.1 as "ops"'],
      [
        'warn',
        'admin-login-limited',
        'too many failed logins at the admin server from 192.0.2.1, the last as "ops": it must wait now; 3 more failed logins were not told',
      ],
      ['info', 'released', '"ops" at 192.0.2.1 released the held refresh'],
      ['info', 'released', 'somebody at 192.0.2.1 released the held refresh'],
    ],
  );
});
