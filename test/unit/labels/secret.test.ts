import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { REDACTED, isSecretLabel, redactLabels } from '../../../src/model/secret.ts';

suite('values that may carry credentials', () => {
  test('are those of auth and header labels, in any family, segment, spelling, and also unknown or misused', () => {
    for (const key of [
      'traefik.frontend.auth.basic.users',
      'Traefik.Frontend.AUTH.basic',
      'traefik.api.frontend.auth.forward.tls.key',
      'traefik.frontend.headers.customRequestHeaders',
      'traefik.backend.healthcheck.headers',
      'traefik.auth.basic',
    ]) {
      assert.equal(isSecretLabel(key), true, key);
    }
  });

  test('are not those of other labels', () => {
    for (const key of ['traefik.port', 'traefik.frontend.rule', 'traefik.authority', 'traefik.author.port']) {
      assert.equal(isSecretLabel(key), false, key);
    }
  });

  test('are replaced where labels are shown', () => {
    const labels = { 'traefik.port': '80', 'traefik.frontend.auth.basic': 'u:p', ['__proto__']: 'x' };
    assert.deepEqual(redactLabels(labels), [
      ['traefik.port', '80'],
      ['traefik.frontend.auth.basic', REDACTED],
      ['__proto__', 'x'],
    ]);
  });
});
