import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PathMatch, Rewrite } from '../../../src/model/table.ts';
import { compileRewrite } from '../../../src/routing/rewrite.ts';

const NOTHING: Rewrite = { strip: [], addPrefix: '', replacePattern: null, replacePath: null };

function rewritten(rewrite: Partial<Rewrite>, target: string): string {
  const result = compileRewrite({ ...NOTHING, ...rewrite })(target);
  if (typeof result === 'string') return result;
  return result.prefix === null ? result.target : `${result.target} after ${result.prefix}`;
}

const prefix = (path: string): PathMatch => ({ path, pathKind: 'prefix' });

suite('what is sent on', () => {
  const strip = { strip: [prefix('/api/v2'), prefix('/api')] };
  const cases: readonly [string, Partial<Rewrite>, string, string][] = [
    ['loses a prefix', strip, '/api/x', '/x after /api'],
    ['loses the first prefix that matches', strip, '/api/v2/x', '/x after /api/v2'],
    ['begins with / where all was cut', strip, '/api', '/ after /api'],
    ['keeps its query', strip, '/api?a=/api/x?', '/?a=/api/x? after /api'],
    ['keeps its last slash', strip, '/api/', '/ after /api'],
    ['loses no part of a segment', strip, '/apix', '/apix'],
    ['keeps two slashes', strip, '/api//x', '//x after /api'],
    ['keeps what is encoded behind a prefix', strip, '/api/%2e%41%2f..x', '/%2e%41%2f..x after /api'],
    ['loses a prefix in another spelling', strip, '/%61pi/x', '/x after /%61pi'],
    ['is resolved first', strip, '/public/../api/x', '/x after /api'],
    ['is nothing where that is ambiguous', strip, '/api/..%2fx', 'ambiguous'],
    ['loses a prefix that ends a segment', { strip: [prefix('/api/')] }, '/api/x', '/x after /api'],
    [
      'is nothing where a pattern would take long',
      { replacePattern: { pattern: 'b', replacement: '' } },
      `/${'a'.repeat(3000)}`,
      'too-long',
    ],
    [
      'is nothing where a template to cut would take long',
      { strip: [{ path: '/{x:a+}', pathKind: 'prefix-pattern' }] },
      `/${'a'.repeat(3000)}`,
      'too-long',
    ],
    [
      'loses the first twenty matches at most',
      { replacePattern: { pattern: 'a', replacement: '' } },
      `/${'a'.repeat(30)}`,
      `/${'a'.repeat(10)}`,
    ],
    ['loses a whole path', { strip: [{ path: '/old', pathKind: 'exact' }] }, '/old?q', '/?q after /old'],
    [
      'loses what a template matches',
      { strip: [{ path: '/u/{id:[0-9]+}', pathKind: 'prefix-pattern' }] },
      '/u/42/x',
      '/x after /u/42',
    ],
    [
      'loses what a template of a whole path matches',
      { strip: [{ path: '/u/{id}', pathKind: 'pattern' }] },
      '/u/a',
      '/ after /u/a',
    ],
    ['gets a prefix', { addPrefix: '/base' }, '/x?q', '/base/x?q'],
    ['gets a prefix, and stays below it', { addPrefix: '/base' }, '/../other', '/base/other'],
    ['gets a prefix after it lost one', { ...strip, addPrefix: '/base' }, '/api/x', '/base/x after /api'],
    ['is replaced', { replacePath: '/all' }, '/x?q=1', '/all?q=1'],
    [
      'is replaced by a pattern with groups',
      { replacePattern: { pattern: '^/(?P<what>[a-z]+)/(.*)', replacement: '/$2/${what}$$$3' } },
      '/a/b?c',
      '/b/a$?c',
    ],
    ['is replaced at every match', { replacePattern: { pattern: 'a', replacement: 'b' } }, '/a/a', '/b/b'],
    [
      'is replaced where a pattern finds nothing, but not right behind a match',
      { replacePattern: { pattern: 'x*', replacement: '-' } },
      '/axb',
      '/-/-a-b-',
    ],
    [
      'stays below / where a replacement joins dots',
      { replacePattern: { pattern: '^/x', replacement: '/' } },
      '/x../admin',
      '/admin',
    ],
    [
      'begins with / whatever the replacement',
      { replacePattern: { pattern: '^/x/', replacement: '' } },
      '/x/y',
      '/y',
    ],
    ['stays * where it is one', { ...strip, addPrefix: '/base' }, '*', '*'],
  ];
  for (const [behaviour, rewrite, target, expected] of cases) {
    test(`${behaviour}: ${target}`, () => assert.equal(rewritten(rewrite, target), expected));
  }
});
