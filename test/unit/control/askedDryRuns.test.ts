import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DryRuns } from '../../../src/control/dryRuns.ts';
import type { AskDryRun, DryRunOutcome } from '../../../src/control/events.ts';
import { deferred } from '../../support/deferred.ts';

const BODY = Uint8Array.of(1);
const DONE: DryRunOutcome = { kind: 'done', json: Uint8Array.of(2) };

/** A desk, and what it posted to the thread, which takes no time by its clock. */
function start(deadlineMs?: number) {
  const posted: AskDryRun[] = [];
  const runs = new DryRuns(
    (message) => posted.push(message),
    deadlineMs,
    () => 0,
  );
  /** The thread answers what it was asked nth, from 0. */
  const answer = (nth: number, outcome: DryRunOutcome = DONE) =>
    runs.heard({ kind: 'dry-run', id: posted[nth]?.id ?? NaN, outcome });
  return { runs, posted, answer };
}

function codeOf(outcome: DryRunOutcome): string {
  return outcome.kind === 'done' ? 'done' : outcome.code;
}

suite('dry runs that are asked of the refresher thread', () => {
  test('go to it one at a time, in their order, each with an id of its own', async () => {
    const { runs, posted, answer } = start();
    const asked = [1, 2, 3].map((n) => runs.ask(Uint8Array.of(n)));
    assert.deepEqual(posted, [{ kind: 'dry-run', id: 1, body: Uint8Array.of(1) }]);
    answer(0);
    assert.equal(await asked[0], DONE);
    assert.deepEqual(
      posted.map(({ id }) => id),
      [1, 2],
    );
    answer(1, { kind: 'mistake', code: 'not-json', message: '' });
    assert.equal(codeOf(await asked[1]!), 'not-json');
    answer(2);
    assert.equal(await asked[2], DONE);
  });

  test('leave the thread as long for its other work as a long one took, whoever asks meanwhile', async () => {
    let now = 0;
    const posted: AskDryRun[] = [];
    const next = deferred<AskDryRun>();
    const runs = new DryRuns(
      (message) => {
        posted.push(message);
        if (message.id === 2) next.resolve(message);
      },
      undefined,
      () => now,
    );
    const first = runs.ask(BODY);
    const second = runs.ask(BODY);
    now = 60;
    runs.heard({ kind: 'dry-run', id: 1, outcome: DONE });
    assert.equal(await first, DONE);
    const third = runs.ask(BODY);
    assert.equal(posted.length, 1);
    const restedFrom = performance.now();
    await next.promise;
    // Timers may be a millisecond early.
    assert.ok(performance.now() - restedFrom > 50);
    runs.heard({ kind: 'dry-run', id: 2, outcome: DONE });
    runs.heard({ kind: 'dry-run', id: 3, outcome: DONE });
    assert.deepEqual(await Promise.all([second, third]), [DONE, DONE]);
  });

  test('are refused while four are under way', async () => {
    const { runs, posted, answer } = start();
    const asked = Array.from({ length: 4 }, () => runs.ask(BODY));
    const fifth = await runs.ask(BODY);
    assert.equal(codeOf(fifth), 'busy');
    assert.match(
      fifth.kind === 'unavailable' ? fifth.message : '',
      /4 dry runs are under way already; ask again/,
    );
    answer(0);
    await asked[0];
    const sixth = runs.ask(BODY);
    for (const nth of [1, 2, 3, 4]) answer(nth);
    assert.deepEqual(await Promise.all([...asked, sixth]), [DONE, DONE, DONE, DONE, DONE]);
    assert.equal(posted.length, 5);
  });

  test('are answered at their deadline, and what the thread is at counts until it is done with it', async () => {
    const { runs, posted, answer } = start(20);
    const late = await Promise.all(Array.from({ length: 4 }, () => runs.ask(BODY)));
    assert.deepEqual(
      late.map(codeOf),
      Array.from({ length: 4 }, () => 'no-answer'),
    );
    const next = runs.ask(BODY);
    assert.equal(posted.length, 1, 'those that waited in vain are not asked any more');
    answer(0);
    assert.equal(posted.length, 2);
    answer(1);
    assert.equal(await next, DONE);
  });

  test('are answered at once where the thread is gone, and asked of the next one', async () => {
    const { runs, posted, answer } = start();
    const asked = [runs.ask(BODY), runs.ask(BODY)];
    runs.lost('the thread crashed');
    assert.deepEqual((await Promise.all(asked)).map(codeOf), ['no-answer', 'no-answer']);
    assert.deepEqual(await runs.ask(BODY), {
      kind: 'unavailable',
      code: 'no-answer',
      message: 'the thread crashed',
    });
    assert.equal(posted.length, 1);
    runs.found();
    const next = runs.ask(BODY);
    answer(0);
    answer(1);
    assert.equal(await next, DONE);
  });

  test('that meet with a bug reject, and cost the next one nothing', async () => {
    const { runs, posted } = start();
    const asked = [runs.ask(BODY), runs.ask(BODY)];
    const fault = new Error('a bug was put here');
    runs.heard({ kind: 'dry-run', id: posted[0]!.id, outcome: { kind: 'fault', error: fault } });
    await assert.rejects(asked[0]!, fault);
    runs.heard({ kind: 'dry-run', id: posted[1]!.id, outcome: DONE });
    assert.equal(await asked[1], DONE);
  });
});
