import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Check } from '../../../src/health/check.ts';
import { Checker } from '../../../src/health/checker.ts';
import type { FailingServer } from '../../../src/model/condition.ts';
import { checkOf } from '../../support/checks.ts';
import { cleanup } from '../../support/cleanup.ts';
import { deferred } from '../../support/deferred.ts';
import { Watch } from '../../support/watch.ts';

/** What came instead of a good answer, null for a good one, or a promise of it. */
type Outcome = string | null | Promise<string | null>;

const URL_1 = 'http://127.0.0.1:80';
const QUICK = { intervalMs: 10 };

/** A checker whose answers are made here: those of each server in turn, the last one again and again. */
function checkerWith(
  t: TestContext,
  outcomes: Readonly<Record<string, readonly Outcome[]>>,
  options: { readonly failing?: readonly FailingServer[]; readonly parallel?: number } = {},
) {
  const watch = new Watch();
  const probes: { readonly check: Check; readonly signal: AbortSignal; readonly at: number }[] = [];
  const told: (readonly string[])[] = [];
  const checker = new Checker({
    ...options,
    async probe(check, signal) {
      const nth = of(check.server).length;
      probes.push({ check, signal, at: performance.now() });
      watch.changed();
      const list = outcomes[check.server] ?? [null];
      return (await (nth < list.length ? list[nth] : list.at(-1))) ?? null;
    },
    changed(failing) {
      told.push(failing.map(({ server, reason }) => `${server} ${reason}`).sort());
      watch.changed();
    },
  });
  cleanup(t, () => checker.stop());
  const of = (server: string) => probes.filter(({ check }) => check.server === server);
  const seen = () => JSON.stringify({ told, probes: probes.map(({ check }) => check.server) });
  return {
    checker,
    of,
    told,
    probed: (server: string, times: number) =>
      watch.until(
        `${times} checks of ${server}`,
        () => (of(server).length >= times ? of(server) : undefined),
        seen,
      ),
    toldOf: (...failing: string[]) =>
      watch.until(
        `told of ${JSON.stringify(failing)}`,
        () => (JSON.stringify(told.at(-1)) === JSON.stringify(failing) ? told : undefined),
        seen,
      ),
  };
}

suite('a check', () => {
  test('is done at once; while all is well nobody is told', async (t) => {
    const { checker, probed, told } = checkerWith(t, {});
    checker.follow([checkOf('a', URL_1, QUICK), checkOf('b', URL_1, QUICK)]);
    await probed('a', 3);
    await probed('b', 3);
    assert.deepEqual(told, []);
  });

  test('that fails once takes the server out, and one that succeeds brings it back', async (t) => {
    const recovery = deferred<null>();
    const { checker, toldOf, told } = checkerWith(t, { a: [null, 'answered 500', recovery.promise] });
    checker.follow([checkOf('a', URL_1, QUICK), checkOf('b', URL_1, QUICK)]);
    await toldOf('a answered 500');
    recovery.resolve(null);
    await toldOf();
    assert.equal(told.length, 2);
  });

  test('that fails for another reason is told, one that fails as before is not', async (t) => {
    const { checker, toldOf, told, probed } = checkerWith(t, {
      a: ['answered 500', 'answered 500', 'answered 500', 'refused the connection'],
    });
    checker.follow([checkOf('a', URL_1, { intervalMs: 30 })]);
    await toldOf('a refused the connection');
    await probed('a', 6);
    assert.deepEqual(told, [['a answered 500'], ['a refused the connection']]);
  });

  test('is repeated at its interval, give or take a tenth, counted from its start', async (t) => {
    const { checker, probed } = checkerWith(t, {});
    checker.follow([checkOf('a', URL_1, { intervalMs: 40 })]);
    const probes = await probed('a', 4);
    for (const [i, { at }] of probes.slice(1).entries()) {
      const elapsedMs = at - probes[i]!.at;
      assert.ok(elapsedMs >= 34, `${elapsedMs} ms`);
    }
  });

  test('is never done twice at a time, however slow it is', async (t) => {
    const slow = deferred<null>();
    const { checker, probed, of } = checkerWith(t, { a: [slow.promise, null] });
    checker.follow([checkOf('a', URL_1, { intervalMs: 1 }), checkOf('b', URL_1, { intervalMs: 1 })]);
    await probed('b', 20);
    assert.equal(of('a').length, 1);
    slow.resolve(null);
    await probed('a', 2);
  });

  test('that is one of many waits for its turn', async (t) => {
    const servers = ['s0', 's1', 's2', 's3'];
    const answers = new Map(servers.map((server) => [server, deferred<null>()]));
    const outcomes = Object.fromEntries([...answers].map(([server, { promise }]) => [server, [promise]]));
    const { checker, probed, of } = checkerWith(t, outcomes, { parallel: 2 });
    checker.follow(servers.map((server) => checkOf(server, URL_1)));
    await probed('s1', 1);
    assert.equal(of('s2').length, 0);
    answers.get('s0')?.resolve(null);
    await probed('s2', 1);
    assert.equal(of('s3').length, 0);
  });
});

suite('other checks', () => {
  test('leave those that stay as they are: state and schedule', async (t) => {
    const { checker, toldOf, told, of, probed } = checkerWith(t, { a: ['answered 500'] });
    checker.follow([checkOf('a', URL_1)]);
    await toldOf('a answered 500');
    checker.follow([checkOf('a', URL_1), checkOf('b', URL_1)]);
    await probed('b', 1);
    assert.equal(of('a').length, 1);
    assert.equal(told.length, 1);
  });

  test('forget the server that left, and abort its request; back again it is a new one', async (t) => {
    const never = new Promise<null>(() => {});
    const { checker, toldOf, of, probed } = checkerWith(t, { a: ['answered 500', null], b: [never] });
    checker.follow([checkOf('a', URL_1), checkOf('b', URL_1)]);
    await toldOf('a answered 500');
    const { signal } = of('b')[0]!;
    assert.equal(signal.aborted, false);
    checker.follow([]);
    assert.equal(signal.aborted, true);
    await toldOf();
    checker.follow([checkOf('a', URL_1)]);
    await probed('a', 2);
  });

  test('that ask a server otherwise do so at once, and it counts as before until that is answered', async (t) => {
    const { checker, toldOf, told, probed } = checkerWith(t, { a: ['answered 404', null] });
    checker.follow([checkOf('a', URL_1)]);
    await toldOf('a answered 404');
    checker.follow([checkOf('a', URL_1, { path: '/right' })]);
    const [, second] = await probed('a', 2);
    assert.equal(second!.check.how.path, '/right');
    await toldOf();
    assert.equal(told.length, 2);
  });

  test('tell servers apart by backend, id and url', async (t) => {
    const { checker, toldOf } = checkerWith(t, { a: ['answered 500', null, 'answered 501'] });
    checker.follow([
      checkOf('a', URL_1),
      checkOf('a', URL_1, {}, { backend: 'shop/other' }),
      checkOf('a', 'http://127.0.0.2:80'),
    ]);
    await toldOf('a answered 500', 'a answered 501');
  });
});

suite('a checker', () => {
  const known: FailingServer = { backend: 'shop/web', server: 'a', url: URL_1, reason: 'answered 500' };

  test('that is started anew knows what failed before, and says when it does no more', async (t) => {
    const { checker, toldOf, told } = checkerWith(t, { a: ['answered 500', null] }, { failing: [known] });
    checker.follow([checkOf('a', URL_1, QUICK)]);
    await toldOf();
    assert.deepEqual(told, [[]]);
  });

  test('that is started anew forgets what is not checked any more', async (t) => {
    const { checker, toldOf } = checkerWith(t, {}, { failing: [known] });
    checker.follow([]);
    await toldOf();
  });

  test('tells of servers that fail together once', async (t) => {
    const servers = Array.from({ length: 50 }, (_, i) => `s${String(i).padStart(2, '0')}`);
    const outcomes = Object.fromEntries(servers.map((server) => [server, ['answered 500']]));
    const { checker, toldOf, told } = checkerWith(t, outcomes);
    checker.follow(servers.map((server) => checkOf(server, URL_1)));
    await toldOf(...servers.map((server) => `${server} answered 500`));
    assert.equal(told.length, 1);
  });

  test('that is stopped aborts what is under way and says nothing any more', async (t) => {
    const slow = deferred<string>();
    const { checker, told, of } = checkerWith(t, { a: ['answered 500'], b: [slow.promise] });
    checker.follow([checkOf('a', URL_1), checkOf('b', URL_1)]);
    await Promise.resolve();
    checker.stop();
    assert.deepEqual([of('a')[0]!.signal.aborted, of('b')[0]!.signal.aborted], [true, true]);
    slow.resolve('answered 500');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(told, []);
  });
});
