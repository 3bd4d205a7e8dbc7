import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { NO_COUNTS, type Counts } from '../../../src/model/counts.ts';
import type { Statistics } from '../../../src/model/statistics.ts';
import type { DatedCounts } from '../../../src/telemetry/latestCounts.ts';
import { StatisticsMaker } from '../../../src/telemetry/statistics.ts';
import { cleanup } from '../../support/cleanup.ts';
import { Watch } from '../../support/watch.ts';

const answered = (times: number): Counts => ({ ...NO_COUNTS, statuses: { 200: times } });

/** A maker that asks as often as it can, whose questions the test answers. */
function start(t: TestContext) {
  const watch = new Watch();
  const questions: ((counts: DatedCounts) => void)[] = [];
  const made: Statistics[] = [];
  const maker = new StatisticsMaker({
    everyMs: 1,
    counts: () =>
      new Promise((resolve) => {
        questions.push(resolve);
        watch.changed();
      }),
    made: (statistics) => {
      made.push(statistics);
      watch.changed();
    },
  });
  cleanup(t, () => maker.stop());
  const until = (what: string, holds: () => boolean) =>
    watch.until(
      what,
      () => (holds() ? true : undefined),
      () => `${questions.length} ${made.length}`,
    );
  return {
    maker,
    made,
    questions,
    answer: async (nth: number, counts: Counts, ageMs: number | null = 0): Promise<void> => {
      await until(`question ${nth}`, () => questions.length > nth);
      questions[nth]!({ counts, ageMs });
    },
    madeSo: (many: number) => until(`${many} statistics`, () => made.length >= many),
  };
}

suite('statistics', () => {
  test('are of the difference between two answers, and remembered as totals', async (t) => {
    const { maker, made, answer, madeSo } = start(t);
    maker.start();
    await answer(0, answered(5));
    await answer(1, answered(7));
    await answer(2, answered(17));
    await madeSo(2);
    assert.deepEqual(
      made.map(({ statuses }) => statuses),
      [{ 200: 2 }, { 200: 10 }],
    );
    assert.ok(made.every(({ seconds }) => seconds > 0 && seconds < 5));
    assert.ok(Math.abs(Date.now() - made[1]!.at) < 5_000);
    assert.equal(maker.latest, made[1]);
    assert.deepEqual(
      maker.recent.map(({ at, total }) => ({ at, total })),
      made.map(({ at, total }) => ({ at, total })),
    );
  });

  test('are asked for once at a time, however slow the answer is, and however often they are begun', async (t) => {
    const { maker, questions, answer } = start(t);
    maker.start();
    maker.start();
    await ticks(t);
    assert.equal(questions.length, 1);
    await answer(0, answered(0));
    await answer(1, answered(0));
  });

  test('are not made between a stop and the next start, which begins anew', async (t) => {
    const { maker, made, questions, answer, madeSo } = start(t);
    maker.start();
    await answer(0, answered(1));
    await answer(1, answered(2));
    await madeSo(1);
    await answer(2, answered(3));
    await madeSo(2);
    maker.stop();
    assert.equal(maker.latest, null);
    const asked = questions.length;
    await ticks(t);
    assert.equal(questions.length, asked);
    maker.start();
    // An answer to what was asked before the stop begins nothing.
    questions[asked - 1]!({ counts: answered(1_000_000), ageMs: 0 });
    await answer(asked, answered(100));
    await answer(asked + 1, answered(104));
    await madeSo(3);
    assert.deepEqual(made[2]!.statuses, { 200: 4 });
    assert.equal(maker.recent.length, 3, 'what was made before the stop is still remembered');
  });

  test('do not begin with numbers that are old, since all that was done meanwhile would seem to be done at once', async (t) => {
    const { maker, made, answer, madeSo } = start(t);
    maker.start();
    await answer(0, NO_COUNTS, null);
    await answer(1, answered(10), 60_000);
    await answer(2, answered(500_000));
    await answer(3, answered(500_001));
    await madeSo(1);
    assert.deepEqual(made[0]!.statuses, { 200: 1 });
  });
});

/** Some milliseconds, in which a timer of one goes off several times. */
async function ticks(t: TestContext): Promise<void> {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, 20);
    cleanup(t, () => clearTimeout(timer));
  });
}
