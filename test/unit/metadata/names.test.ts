import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { isHostName } from '../../../src/metadata/hostName.ts';
import type { Answer } from '../../../src/metadata/lookup.ts';
import { NAME_LIMITS, NameResolver, namesToResolve, resolveNames } from '../../../src/metadata/names.ts';
import type { Resolution, Service } from '../../../src/model/service.ts';
import { cleanup } from '../../support/cleanup.ts';
import { deferred } from '../../support/deferred.ts';
import { snapshotWith } from '../../support/model.ts';
import { Watch } from '../../support/watch.ts';
import { serviceOf } from '../control/environment.ts';

/** Quick where a test has to wait. */
const LIMITS = { ...NAME_LIMITS, minMs: 10, unknownTtlMs: 10, retryMs: 40, gatherMs: 1 };
/** A patience that no test lives to see the end of. */
const NEVER_MS = 600_000;

const to = (...addresses: string[]): Answer => ({ addresses, ttlMs: null });
const failure = (code = 'ENOTFOUND') => Object.assign(new Error(code), { code });

/** A resolver of names whose answers are made here: each name's in turn, the last one again and again. */
function resolverOf(
  t: TestContext,
  answers: Readonly<Record<string, readonly (Answer | Error | Promise<Answer>)[]>>,
  limits = LIMITS,
) {
  const watch = new Watch();
  const asked: { readonly name: string; readonly at: number }[] = [];
  let changes = 0;
  let underWay = 0;
  let mostUnderWay = 0;
  const resolver = new NameResolver({
    limits,
    changed() {
      changes++;
      watch.changed();
    },
    async lookup(name) {
      const nth = asked.filter((each) => each.name === name).length;
      asked.push({ name, at: performance.now() });
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      watch.changed();
      try {
        const list = answers[name] ?? [];
        const answer = await (list[nth] ?? list.at(-1) ?? failure());
        if (answer instanceof Error) throw answer;
        return answer;
      } finally {
        underWay--;
      }
    },
  });
  cleanup(t, () => resolver.stop());
  return {
    resolver,
    asked,
    changes: () => changes,
    mostUnderWay: () => mostUnderWay,
    /** Waits until this is known of a name. */
    until: (name: string, holds: (resolution: Resolution) => boolean) =>
      watch.until(
        `resolution of ${name}`,
        () => {
          const resolution = resolver.resolutions[name];
          return resolution !== undefined && holds(resolution) ? resolution : undefined;
        },
        () => JSON.stringify(resolver.resolutions),
      ),
    untilAsked: (name: string, times: number) =>
      watch.until(
        `${times} questions for ${name}`,
        () => (asked.filter((each) => each.name === name).length >= times ? asked : undefined),
        () => JSON.stringify(asked),
      ),
  };
}

suite('names', () => {
  test('are resolved at once, and settled when each was tried, also in vain', async (t) => {
    const { resolver } = resolverOf(t, { 'a.test': [to('127.0.0.1')], 'b.test': [failure('EAI_AGAIN')] });
    resolver.follow(new Set(['a.test', 'b.test']));
    await resolver.settled(NEVER_MS);
    assert.deepEqual(resolver.resolutions, {
      'a.test': { addresses: ['127.0.0.1'], error: null },
      'b.test': {
        addresses: [],
        error: 'b.test cannot be resolved: the name servers do not answer (EAI_AGAIN).',
      },
    });
  });

  test('are waited for no longer than patience lasts, and follow when they come', async (t) => {
    const slow = deferred<Answer>();
    const { resolver, until } = resolverOf(t, { 'slow.test': [slow.promise] });
    resolver.follow(new Set(['slow.test']));
    await resolver.settled(1);
    assert.deepEqual(resolver.resolutions, {});
    slow.resolve(to('127.0.0.4'));
    await until('slow.test', ({ addresses }) => addresses[0] === '127.0.0.4');
  });

  test('none at all are settled at once', async (t) => {
    const { resolver } = resolverOf(t, {});
    resolver.follow(new Set());
    await resolver.settled(NEVER_MS);
  });

  test('are resolved again, and what is new is told', async (t) => {
    const { resolver, until } = resolverOf(t, { 'a.test': [to('127.0.0.1'), to('127.0.0.2', '127.0.0.3')] });
    resolver.follow(new Set(['a.test']));
    const before = await until('a.test', ({ addresses }) => addresses.length === 1);
    await until('a.test', ({ addresses }) => addresses.length === 2);
    assert.deepEqual(before.addresses, ['127.0.0.1'], 'what was handed out does not change');
  });

  test('keep their last addresses while they cannot be resolved, with the error; it goes with the next success', async (t) => {
    const { resolver, until } = resolverOf(t, { 'a.test': [to('127.0.0.1'), failure(), to('127.0.0.1')] });
    resolver.follow(new Set(['a.test']));
    const failed = await until('a.test', ({ error }) => error !== null);
    assert.deepEqual(failed, {
      addresses: ['127.0.0.1'],
      error: 'a.test cannot be resolved: there is no such name (ENOTFOUND).',
    });
    await until('a.test', ({ error }) => error === null);
  });

  test('that resolve to the same are told of once', async (t) => {
    const { resolver, untilAsked, changes } = resolverOf(t, { 'a.test': [to('127.0.0.1')] });
    resolver.follow(new Set(['a.test']));
    await resolver.settled(NEVER_MS);
    const { resolutions } = resolver;
    await untilAsked('a.test', 4);
    assert.equal(changes(), 1);
    assert.equal(
      resolver.resolutions,
      resolutions,
      'the same object, by which others see that nothing changed',
    );
  });

  test('that nobody asks for any more are forgotten and not resolved again', async (t) => {
    const { resolver, asked, untilAsked } = resolverOf(t, {
      'a.test': [to('127.0.0.1')],
      'b.test': [to('127.0.0.2')],
    });
    resolver.follow(new Set(['a.test', 'b.test']));
    await resolver.settled(NEVER_MS);
    resolver.follow(new Set(['b.test']));
    assert.deepEqual(Object.keys(resolver.resolutions), ['b.test']);
    const before = asked.filter(({ name }) => name === 'a.test').length;
    await untilAsked('b.test', 5);
    assert.equal(asked.filter(({ name }) => name === 'a.test').length, before);
  });

  test('that are no host names never reach the resolver, and the error says what would be right', async (t) => {
    const names = ['a b.test', '127.1', '__proto__/x', '-a.test', 'a..test', 'bücher.test'];
    const { resolver, asked } = resolverOf(t, {});
    resolver.follow(new Set(names));
    await resolver.settled(NEVER_MS);
    assert.deepEqual(asked, []);
    for (const name of names) {
      assert.match(resolver.resolutions[name]?.error ?? '', /is no host name; labels of letters/, name);
    }
  });

  test('may be those of members that every object has', async (t) => {
    const names = ['__proto__', 'constructor', 'tostring'];
    const { resolver } = resolverOf(t, { constructor: [to('127.0.0.1')] });
    resolver.follow(new Set(names));
    await resolver.settled(NEVER_MS);
    assert.deepEqual(Object.keys(resolver.resolutions).sort(), names.sort());
    assert.deepEqual(resolver.resolutions['constructor']?.addresses, ['127.0.0.1']);
  });

  test('however many, are asked for only a few at a time', async (t) => {
    const { resolver, mostUnderWay, asked } = resolverOf(t, {}, { ...LIMITS, parallel: 3, retryMs: 60_000 });
    const names = new Set(Array.from({ length: 40 }, (_, i) => `n${i}.test`));
    resolver.follow(names);
    await resolver.settled(NEVER_MS);
    assert.ok(asked.length >= names.size);
    assert.equal(mostUnderWay(), 3);
  });
});

suite('the time between two resolutions of a name', () => {
  const cases = [
    ['is its TTL', { ttlMs: 70 }, {}, 70],
    ['is at least the floor', { ttlMs: 0 }, { minMs: 70 }, 70],
    ['is what is usual where the TTL is not known', { ttlMs: null }, { unknownTtlMs: 70 }, 70],
    ['is at most the ceiling', { ttlMs: NEVER_MS }, { maxMs: 30 }, 30],
  ] as const;
  for (const [what, { ttlMs }, limits, expectedMs] of cases) {
    test(what, async (t) => {
      const answers = { 'a.test': [{ addresses: ['127.0.0.1'], ttlMs }] };
      const { resolver, untilAsked } = resolverOf(t, answers, { ...LIMITS, ...limits });
      resolver.follow(new Set(['a.test']));
      const [first, second] = await untilAsked('a.test', 2);
      const elapsedMs = second!.at - first!.at;
      assert.ok(elapsedMs >= expectedMs - 2, `${elapsedMs} ms`);
    });
  }

  test('grows with failures', async (t) => {
    const { resolver, untilAsked } = resolverOf(t, { 'a.test': [failure()] }, { ...LIMITS, retryMs: 60_000 });
    resolver.follow(new Set(['a.test']));
    const asked = await untilAsked('a.test', 5);
    const totalMs = asked[4]!.at - asked[0]!.at;
    // At least half of 10, 20, 40 and 80.
    assert.ok(totalMs >= 70, `${totalMs} ms`);
  });
});

function external(hostname: string | null, labels: Readonly<Record<string, string>>): Service {
  return serviceOf('edge/ext', { kind: 'externalService', labels, external: { addresses: [], hostname } });
}

suite('the names of a snapshot', () => {
  test('are those of external services that carry traefik.enable in whatever spelling, each once', () => {
    const services = [
      external('a.test', { 'traefik.enable': 'true' }),
      external('a.test', { 'Traefik.Enable': 'false' }),
      external('b.test', { 'traefik.port': '80' }),
      external('c.test', {}),
      external(null, { 'traefik.enable': 'true' }),
      serviceOf('shop/web'),
    ];
    assert.deepEqual([...namesToResolve(services)], ['a.test']);
  });

  test('can be resolved once, as explain does', async () => {
    const snapshot = snapshotWith([external('a.test', { 'traefik.enable': 'true' })]);
    const { resolutions } = await resolveNames(snapshot, NEVER_MS, { lookup: async () => to('127.0.0.7') });
    assert.deepEqual(resolutions, { 'a.test': { addresses: ['127.0.0.7'], error: null } });
  });
});

suite('a host name', () => {
  test('has labels of letters, digits, hyphens and underscores, and does not end in a number', () => {
    const longest = 'a'.repeat(63);
    for (const name of ['a', 'localhost', 'a-b.c1.test', '1.test', 'my_db', 'xn--bcher-kva.test', longest]) {
      assert.ok(isHostName(name), name);
    }
    const bad = ['', '.', 'a.', '.a', 'a-.b', '*.a', 'a:80', '1', '127.0.0.1', 'a.0x7f', '0x', `${longest}a`];
    for (const name of [...bad, `${`${longest}.`.repeat(4)}a`, 'a\nb', 'a%b', 'a/b']) {
      assert.ok(!isHostName(name), name);
    }
  });
});

suite('names that are recalled from an earlier life', () => {
  const recalled: Readonly<Record<string, Resolution>> = {
    'a.test': { addresses: ['127.0.0.1'], error: null },
    'b.test': { addresses: [], error: 'it never resolved' },
    'c.test': { addresses: ['127.0.0.3'], error: null },
  };

  test('are good at once, but those that are not followed or never resolved are not known', async (t) => {
    const silent = deferred<Answer>();
    const { resolver } = resolverOf(t, { 'a.test': [silent.promise], 'b.test': [silent.promise] });
    resolver.follow(new Set(['a.test', 'b.test']));
    resolver.recall(recalled);
    assert.deepEqual(resolver.resolutions, { 'a.test': recalled['a.test'] });
    silent.resolve(to('127.0.0.9'));
  });

  test('stay as long as they cannot be resolved, with the reason, and are replaced when they can', async (t) => {
    const { resolver, until } = resolverOf(t, { 'a.test': [failure(), to('127.0.0.9')] });
    resolver.follow(new Set(['a.test']));
    resolver.recall(recalled);
    await resolver.settled(NEVER_MS);
    const failed = await until('a.test', ({ error }) => error !== null);
    assert.deepEqual(failed.addresses, ['127.0.0.1']);
    await until('a.test', ({ addresses, error }) => error === null && addresses[0] === '127.0.0.9');
  });

  test('never take the place of what was resolved since', async (t) => {
    const { resolver, until } = resolverOf(t, { 'a.test': [to('127.0.0.9')] });
    resolver.follow(new Set(['a.test']));
    await until('a.test', ({ error }) => error === null);
    resolver.recall(recalled);
    assert.deepEqual(resolver.resolutions['a.test']?.addresses, ['127.0.0.9']);
  });
});
