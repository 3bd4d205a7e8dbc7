import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { parseBreakerExpression } from '../../../src/labels/breakerExpression.ts';
import type { BreakerCondition, BreakerMetric } from '../../../src/model/table.ts';

const metric: fc.Arbitrary<BreakerMetric> = fc.oneof(
  fc.constant({ kind: 'network-error-ratio' } as const),
  fc
    .tuple(fc.nat(500), fc.integer({ min: 501, max: 1000 }))
    .map(([from, to]) => ({ kind: 'response-code-ratio', from, to, dividedFrom: 0, dividedTo: to }) as const),
  fc.integer({ min: 1, max: 100 }).map((quantile) => ({ kind: 'latency-at-quantile', quantile }) as const),
);

const comparison = fc
  .tuple(
    metric,
    fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
    fc.oneof(fc.nat(), fc.double({ min: 0.001, max: 1, noNaN: true })),
  )
  .map(([of, operator, value]): BreakerCondition => ({ kind: 'compare', metric: of, operator, value }));

const { condition } = fc.letrec<{ condition: BreakerCondition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    tie('condition').map((of): BreakerCondition => ({ kind: 'not', of })),
    fc
      .tuple(fc.constantFrom('and', 'or'), tie('condition'), tie('condition'))
      .map(([kind, left, right]): BreakerCondition => ({ kind, left, right })),
  ),
}));

function metricSource(of: BreakerMetric): string {
  if (of.kind === 'network-error-ratio') return 'NetworkErrorRatio()';
  if (of.kind === 'latency-at-quantile') return `LatencyAtQuantileMS(${of.quantile})`;
  return `ResponseCodeRatio(${of.from}, ${of.to},${of.dividedFrom} , ${of.dividedTo})`;
}

/** With no more parentheses than precedence asks for. */
function source(of: BreakerCondition): string {
  if (of.kind === 'compare') return `${metricSource(of.metric)}${of.operator} ${of.value}`;
  if (of.kind === 'not') return of.of.kind === 'not' ? `!${source(of.of)}` : `!(${source(of.of)})`;
  const isOr = of.kind === 'or';
  const left = !isOr && of.left.kind === 'or' ? `(${source(of.left)})` : source(of.left);
  const isLoose = of.right.kind === 'or' || (!isOr && of.right.kind === 'and');
  const right = isLoose ? `(${source(of.right)})` : source(of.right);
  return `${left} ${isOr ? '||' : '&&'}${right}`;
}

suite('the expression of a circuit breaker', () => {
  test('is read back as the tree that it was written from', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        const text = source(tree);
        fc.pre(text.length <= 500);
        assert.deepEqual(parseBreakerExpression(text), { condition: tree }, text);
      }),
      { numRuns: 500 },
    );
  });

  test('throws nothing, whatever the text, and says where what is wrong is', () => {
    const piece = fc.constantFrom(
      'NetworkErrorRatio()',
      'LatencyAtQuantileMS',
      '(',
      ')',
      '&&',
      '||',
      '!',
      '> 0.5',
      ',',
    );
    const soup = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join(' ')),
    );
    fc.assert(
      fc.property(soup, (text) => {
        const parsed = parseBreakerExpression(text);
        if ('problem' in parsed) assert.match(parsed.problem, /^at character \d+, |^it is longer/);
      }),
      { numRuns: 500 },
    );
  });

  test('takes numbers as Go writes them', () => {
    for (const [text, value] of [
      ['.5', 0.5],
      ['5.', 5],
      ['1e2', 100],
      ['1.5E-1', 0.15],
    ] as const) {
      const parsed = parseBreakerExpression(`NetworkErrorRatio() > ${text}`);
      assert.ok('condition' in parsed && parsed.condition.kind === 'compare', text);
      assert.equal(parsed.condition.value, value);
    }
  });

  test('exchanges the sides of a comparison whose number comes first', () => {
    for (const [written, meant] of [
      ['1 < NetworkErrorRatio()', 'NetworkErrorRatio() > 1'],
      ['1 >= NetworkErrorRatio()', 'NetworkErrorRatio() <= 1'],
      ['1 != NetworkErrorRatio()', 'NetworkErrorRatio() != 1'],
    ] as const)
      assert.deepEqual(parseBreakerExpression(written), parseBreakerExpression(meant));
  });
});
