import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Condition } from '../../../src/model/table.ts';
import { compileCondition, type MatchableRequest } from '../../../src/routing/conditions.ts';
import type { Verdict } from '../../../src/routing/pattern.ts';
import { requestOf } from './tables.ts';

function holds(
  condition: Condition,
  given: Partial<MatchableRequest>,
  target = '/',
  isTrusted = false,
): Verdict {
  const request = requestOf('web.local', target, given);
  return compileCondition(condition)(request, request.path, isTrusted);
}

suite('a condition', () => {
  test('on the method is one of several, in their case', () => {
    const condition: Condition = { what: 'method', anyOf: ['GET', 'POST'] };
    assert.equal(holds(condition, { method: 'POST' }), true);
    assert.equal(holds(condition, { method: 'PUT' }), false);
    assert.equal(holds(condition, { method: 'post' }), false);
  });

  test('on a field needs one of that name with exactly that value', () => {
    const condition: Condition = { what: 'field', name: 'X-Kind', value: 'a' };
    assert.equal(holds(condition, { fields: ['x-kind', 'a'] }), true);
    assert.equal(holds(condition, { fields: ['X-KIND', 'b', 'X-Kind', 'a'] }), true);
    assert.equal(holds(condition, { fields: ['X-Kind', 'ab', 'X-Kinds', 'a', 'Other', 'X-Kind'] }), false);
    assert.equal(holds(condition, {}), false);
  });

  test('on a field by pattern may match anywhere in its value', () => {
    const condition: Condition = { what: 'field-pattern', name: 'Accept', pattern: 'text/(html|plain)' };
    assert.equal(holds(condition, { fields: ['Accept', 'a, text/plain;q=1'] }), true);
    assert.equal(holds(condition, { fields: ['Accept', 'text/css'] }), false);
  });

  test('on a field that tells of the client holds only for a trusted peer', () => {
    const fields = ['X-Forwarded-Proto', 'https', 'x_real_ip', '127.0.0.1'];
    const proto: Condition = { what: 'field', name: 'X-Forwarded-Proto', value: 'https' };
    const ip: Condition = { what: 'field', name: 'x_real_ip', value: '127.0.0.1' };
    for (const condition of [proto, ip]) {
      assert.equal(holds(condition, { fields }, '/', false), false);
      assert.equal(holds(condition, { fields }, '/', true), true);
    }
  });

  test('on the query goes by the first value of that name, decoded', () => {
    const condition: Condition = { what: 'query', name: 'id', value: 'n{x:[0-9]+}' };
    assert.equal(holds(condition, {}, '/?a=b&id=n42'), true);
    assert.equal(holds(condition, {}, '/?%69d=%6e42'), true);
    for (const target of ['/', '/?', '/?id', '/?id=n', '/?id=x&id=n42', '/?ID=n42', '/?a=id=n42']) {
      assert.equal(holds(condition, {}, target), false, target);
    }
    assert.equal(holds({ what: 'query', name: 'id', value: '' }, {}, '/?id'), true);
  });

  test('on the path is one of several', () => {
    const condition: Condition = {
      what: 'path',
      anyOf: [
        { path: '/a', pathKind: 'prefix' },
        { path: '/b', pathKind: 'exact' },
        { path: '/u/{id:[0-9]+}', pathKind: 'pattern' },
        { path: '/v/{id:[0-9]+}', pathKind: 'prefix-pattern' },
      ],
    };
    for (const path of ['/a', '/a/x', '/b', '/u/42', '/v/42', '/v/42/', '/v/42/x/y'])
      assert.equal(holds(condition, {}, path), true, path);
    for (const path of ['/ab', '/b/', '/u/42/', '/u/42x', '/u/', '/v/42x', '/x/v/42', '/'])
      assert.equal(holds(condition, {}, path), false, path);
  });

  test('on the host knows names and templates, without case in the template', () => {
    const condition: Condition = {
      what: 'host',
      anyOf: [
        { host: 'other.local', hostKind: 'exact' },
        { host: '{sub:[A-Z]+}.Local', hostKind: 'pattern' },
      ],
    };
    assert.equal(holds(condition, {}), true);
    assert.equal(holds(condition, { host: 'other.local' }), true);
    assert.equal(holds(condition, { host: 'web.local.evil' }), false);
    assert.equal(holds(condition, { host: 'webxlocal' }), false, 'a dot outside braces is a dot');
    assert.equal(holds(condition, { host: 'a.web.local' }), false);
  });

  const long = 'a'.repeat(5000);
  const unknown: readonly (readonly [string, Condition, Partial<MatchableRequest>, string])[] = [
    ['a field', { what: 'field-pattern', name: 'x-a', pattern: 'a$' }, { fields: ['X-A', long] }, '/'],
    ['a parameter', { what: 'query', name: 'a', value: '{x:a+}' }, {}, `/?a=${long}`],
    ['a path', { what: 'path', anyOf: [{ path: '/{x:a+}', pathKind: 'pattern' }] }, {}, `/${long}`],
  ];
  for (const [what, condition, given, target] of unknown) {
    test(`by a pattern is not judged where ${what} is too long: a character may cost microseconds`, () => {
      assert.equal(holds(condition, given, target), 'too-long');
    });
  }

  test('is judged however long a value is where something plain decides', () => {
    const paths: Condition = {
      what: 'path',
      anyOf: [
        { path: '/{x:a+}', pathKind: 'pattern' },
        { path: '/', pathKind: 'prefix' },
      ],
    };
    assert.equal(holds(paths, {}, `/${long}`), true);
    assert.equal(holds({ what: 'field', name: 'x-a', value: long }, { fields: ['X-A', long] }), true);
    const elsewhere: Condition = { what: 'path', anyOf: [{ path: '/b{x}', pathKind: 'pattern' }] };
    assert.equal(holds(elsewhere, {}, `/${long}`), false, 'what stands before the pattern differs');
  });
});
