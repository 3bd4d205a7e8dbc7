import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseDuration } from '../../../src/labels/duration.ts';
import { matchesGlob } from '../../../src/labels/glob.ts';
import { parseWholeNumber } from '../../../src/labels/wholeNumber.ts';

suite('a duration', () => {
  const valid: Readonly<Record<string, number>> = {
    '10s': 10_000,
    '1m30s': 90_000,
    '500ms': 500,
    '1.5h': 5_400_000,
    '.5s': 500,
    '1.s': 1000,
    '250us': 0.25,
    '2µs': 0.002,
    '10': 10_000,
    '0.5': 500,
    '0': 0,
  };
  for (const [text, ms] of Object.entries(valid))
    test(`${text} has ${ms} ms`, () => assert.equal(parseDuration(text), ms));

  for (const text of ['', 's', '-1s', '+1s', '1 s', '10 seconds', '1d', '1s1', '1e3', '١s', 'x'.repeat(1000)])
    test(`${text.slice(0, 20)} is none`, () => assert.equal(parseDuration(text), null));
});

suite('a whole number', () => {
  test('is of digits alone, and not above the highest that is allowed', () => {
    assert.equal(parseWholeNumber('0', 10), 0);
    assert.equal(parseWholeNumber('010', 10), 10);
    for (const text of ['11', '-1', '+1', '1.0', '1e1', ' 1', '', '٣', '9'.repeat(1000)])
      assert.equal(parseWholeNumber(text, 10), null, text);
  });
});

suite('a pattern of tags', () => {
  test('matches as a regular expression with .* for each * does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, tag) => {
        const escaped = pattern.split('*').map((piece) => piece.replaceAll('.', String.raw`\.`));
        assert.equal(matchesGlob(pattern, tag), new RegExp(`^${escaped.join('.*')}$`, 's').test(tag));
      }),
      { numRuns: 2000 },
    );
  });

  test('does not try again and again what cannot match', () => {
    const startedAt = performance.now();
    assert.equal(matchesGlob(`${'a*'.repeat(50)}b`, 'a'.repeat(100_000)), false);
    assert.ok(performance.now() - startedAt < 500);
  });
});
