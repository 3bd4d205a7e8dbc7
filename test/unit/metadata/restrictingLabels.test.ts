import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseServices } from '../../../src/metadata/services.ts';

const KEY = 'Traefik.Frontend.auth.basic.users';

function parsed(value: unknown) {
  return parseServices([
    { stack_name: 's', name: 'web', labels: { 'traefik.enable': 'true', [KEY]: value } },
  ])[0];
}

suite('a label that restricts, and is no text', () => {
  test('is blank where it is null, which lets nobody in', () => assert.equal(parsed(null)?.labels[KEY], ''));

  test('sets its service aside where it is a list, in any spelling of its key', () =>
    assert.equal(parsed(['a:b'])?.findings[0]?.code, 'malformed-service'));
});
