import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RecentErrors } from '../../../src/proxy/recentErrors.ts';

suite('recent errors', () => {
  test('are the last ten, newest first', () => {
    const errors = new RecentErrors();
    assert.deepEqual(errors.latest(), []);
    for (let n = 1; n <= 3; n += 1) errors.note(n, 404, 'GET', 'a.test', `/${n}`);
    assert.deepEqual(errors.latest(), [
      { at: 3, status: 404, method: 'GET', host: 'a.test', path: '/3' },
      { at: 2, status: 404, method: 'GET', host: 'a.test', path: '/2' },
      { at: 1, status: 404, method: 'GET', host: 'a.test', path: '/1' },
    ]);
    for (let n = 4; n <= 25; n += 1) errors.note(n, 500, 'GET', 'a.test', `/${n}`);
    assert.deepEqual(
      errors.latest().map(({ path }) => path),
      ['/25', '/24', '/23', '/22', '/21', '/20', '/19', '/18', '/17', '/16'],
    );
  });

  test('have no query, nor a user and password of an absolute target', () => {
    const errors = new RecentErrors();
    for (const target of ['/a?token=secret', 'http://me:secret@a.test/b?c', '*', '']) {
      errors.note(1, 400, 'GET', 'a.test', target);
    }
    assert.deepEqual(
      errors.latest().map(({ path }) => path),
      ['', '*', '/b', '/a'],
    );
  });

  test('are bounded, whatever a client sends', () => {
    const errors = new RecentErrors();
    const long = 'x'.repeat(100_000);
    errors.note(1, 400, long, long, `/${long}`);
    const [error] = errors.latest();
    assert.deepEqual(
      [error!.method, error!.host, error!.path].map((text) => [text.length, text.at(-1)]),
      [
        [1_025, '…'],
        [1_025, '…'],
        [1_025, '…'],
      ],
    );
  });
});
