import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { changesIn, editsOf, firstEdits, rebased } from '../../../src/dashboard/labelEdits.ts';

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

suite('edited labels of a service that has others meanwhile', () => {
  const NOW = [
    { label: 'traefik.port', value: '8080' },
    { label: 'traefik.weight', value: '2' },
  ];

  test('follow where nobody touched them, come and go', () => {
    assert.deepEqual(rebased(EDITS, NOW), editsOf(NOW));
  });

  test('stay as they were typed, and are compared with what there is now', () => {
    const typed = rebased([{ ...PORT!, value: '81' }, { ...AUTH!, value: 'me:new' }, ADDED], NOW);
    assert.deepEqual(changesIn(typed), {
      'traefik.port': '81',
      'traefik.frontend.auth.basic': 'me:new',
      'traefik.weight': '3',
    });
    assert.deepEqual(
      typed.map(({ present }) => present),
      ['8080', null, '2'],
    );
    assert.deepEqual(changesIn(rebased([{ ...PORT!, value: '8080' }], NOW)), {}, 'somebody did just that');
    assert.deepEqual(changesIn(rebased([{ ...PORT!, isRemoved: true }], NOW)), { 'traefik.port': null });
  });
});
