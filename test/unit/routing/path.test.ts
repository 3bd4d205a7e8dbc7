import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { comparablePath, encodePath, endOfComparable, resolvePath } from '../../../src/model/path.ts';

suite('a path, resolved', () => {
  const resolved = {
    '/': '/',
    '/a/b': '/a/b',
    '/a//b': '/a//b',
    '/public/../admin': '/admin',
    '/public/%2e%2E/admin': '/admin',
    '/public/.%2e/admin': '/admin',
    '/a/./b/.': '/a/b/',
    '/a/b/..': '/a/',
    '/../../a': '/a',
    '/..': '/',
    '/.well-known/x': '/.well-known/x',
    '/...': '/...',
    '/a%2Fb/%41': '/a%2Fb/%41',
    '/a%2fb/../c': '/c',
    '/v1..2/x': '/v1..2/x',
    '/%zz': '/%zz',
  };
  for (const [path, result] of Object.entries(resolved)) {
    test(`${path} is ${result}`, () => assert.equal(resolvePath(path), result));
  }

  for (const path of [
    '/public/..%2fadmin',
    '/public/..%5cadmin',
    '/public/..\\admin',
    '/x%2f..%2fadmin',
    '/x%2F%2e%2e/y',
    '/..;/admin',
    '/a/..;x=1/b',
  ]) {
    test(`${path} can be read in two ways`, () => assert.equal(resolvePath(path), null));
  }

  test('keeps no parent segment, and stays itself when resolved again', () => {
    const segment = fc.constantFrom('a', '..', '.', '%2e%2e', '', '%2F', 'b%41', '.%2E');
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const path = resolvePath(`/${segments.join('/')}`);
        assert.ok(path !== null);
        assert.doesNotMatch(comparablePath(path), /\/\.\.?(\/|$)/);
        assert.equal(resolvePath(path), path);
      }),
    );
  });
});

suite('the spelling that paths are compared in', () => {
  test('encodes only what must be', () => {
    assert.equal(comparablePath('/%61dmin/%7Ex/%2f%c3%a9/%zz'), '/admin/~x/%2F%C3%A9/%zz');
  });

  test('leads back to the place in what was sent', () => {
    const piece = fc.constantFrom('a', '%61', '%2f', '%C3', '/', '%', '%4');
    fc.assert(
      fc.property(fc.array(piece), fc.array(piece), (start, rest) => {
        const path = start.join('') + rest.join('');
        const end = endOfComparable(path, comparablePath(start.join('')).length);
        // A lone `%` may form an escape with what follows; then there is no such place.
        if (comparablePath(path) !== comparablePath(start.join('')) + comparablePath(rest.join(''))) return;
        assert.equal(end, start.join('').length);
      }),
    );
  });

  test("takes a user's text", () => {
    assert.equal(encodePath('/café/a b?c'), '/caf%C3%A9/a%20b%3Fc');
    assert.equal(encodePath('/\ud800'), null);
  });
});
