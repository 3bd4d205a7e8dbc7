import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { changesIn, editsOf, firstEdits } from '../../../src/dashboard/labelEdits.ts';

const EDITS = editsOf([
  { label: 'traefik.port', value: '80' },
  { label: 'traefik.frontend.auth.basic', value: '(hidden)' },
]);
const [PORT, AUTH] = EDITS;
const ADDED = { name: 'traefik.weight', value: '3', present: null, isRemoved: false };

suite('edited labels', () => {
  test('that nobody touched are no change', () => {
    assert.deepEqual(changesIn(EDITS), {});
  });

  test('are changed, added and removed; what is shown in place of a credential is not sent', () => {
    const edits = [{ ...PORT!, value: '81' }, AUTH!, ADDED];
    assert.deepEqual(changesIn(edits), { 'traefik.port': '81', 'traefik.weight': '3' });
    assert.deepEqual(changesIn([PORT!, { ...AUTH!, isRemoved: true }]), {
      'traefik.frontend.auth.basic': null,
    });
    assert.deepEqual(changesIn([{ ...AUTH!, value: 'me:new' }]), { 'traefik.frontend.auth.basic': 'me:new' });
  });

  test('to an empty value are a change, without a name they are none', () => {
    assert.deepEqual(
      changesIn([
        { ...PORT!, value: '' },
        { ...ADDED, name: ' ' },
      ]),
      { 'traefik.port': '' },
    );
  });

  test('are named without the blanks around, whatever the name', () => {
    const changes = changesIn([
      { ...ADDED, name: ' traefik.a ' },
      { ...ADDED, name: '__proto__' },
      { ...ADDED, name: 'gone', isRemoved: true },
    ]);
    assert.deepEqual(Object.keys(changes), ['traefik.a', '__proto__']);
    assert.equal(JSON.stringify(changes), '{"traefik.a":"3","__proto__":"3"}');
  });

  test('of a service that has none begin with what it needs', () => {
    const edits = firstEdits();
    assert.deepEqual(
      edits.map(({ name, value }) => `${name}=${value}`),
      ['traefik.enable=true', 'traefik.domain=', 'traefik.port='],
    );
    assert.equal(changesIn(edits)['traefik.enable'], 'true');
  });
});
