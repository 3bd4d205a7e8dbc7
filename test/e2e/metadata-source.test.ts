import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Environment } from '../../src/demo/environment.ts';
import { startMetadataServer } from '../../src/demo/metadata.ts';
import type { MetadataServer, MetadataServerOptions } from '../../src/demo/metadata.ts';
import { SOURCE_LIMITS } from '../../src/metadata/limits.ts';
import { startSource } from '../../src/metadata/source.ts';
import { captureAll } from '../support/captures.ts';
import { listen } from '../support/metadata.ts';

/** An interval that no test lives to see: what is read comes from the watch or a retry. */
const NEVER_MS = 600_000;

const LIMITS = {
  ...SOURCE_LIMITS,
  requestDeadlineMs: 2000,
  minReadGapMs: 40,
  backoffMs: 160,
  watchWaitMs: 60_000,
  watchLatenessMs: 1000,
};

interface Setting {
  readonly server: MetadataServer;
  readonly listener: ReturnType<typeof listen>;
  readonly stop: () => Promise<void>;
}

interface Options {
  readonly intervalMs?: number;
  readonly watch?: boolean;
  readonly limits?: Partial<typeof LIMITS>;
  readonly server?: MetadataServerOptions;
  readonly before?: (server: MetadataServer) => void;
}

const web = (count: number): Environment => ({
  stacks: [
    {
      name: 'shop',
      services: [
        {
          name: 'web',
          containers: Array.from({ length: count }, (_, index) => ({ address: `127.0.0.${index + 2}` })),
        },
      ],
    },
  ],
});

async function withSource(options: Options, body: (setting: Setting) => Promise<void>): Promise<void> {
  const server = await startMetadataServer({ environment: web(1), ...options.server });
  options.before?.(server);
  const listener = listen();
  const source = startSource(
    {
      url: `${server.url}/2016-07-29`,
      refreshIntervalMs: options.intervalMs ?? NEVER_MS,
      watch: options.watch ?? true,
    },
    listener.on,
    { ...LIMITS, ...options.limits },
  );
  try {
    await body({ server, listener, stop: () => source.stop() });
  } finally {
    await source.stop();
    await server.close();
  }
}

const polls = (server: MetadataServer) => server.requests.filter((path) => path.includes('wait=true'));
const reads = (server: MetadataServer) => server.requests.filter((path) => path.endsWith('/services'));

suite('an interval poller (watch off)', () => {
  test('reads at once and then each interval, and never polls', async () => {
    await withSource({ watch: false, intervalMs: 80 }, async ({ server, listener }) => {
      const first = await listener.takeRead();
      const second = await listener.takeRead();
      const third = await listener.takeRead();
      assert.equal(first.snapshot.services[0]?.id, 'shop/web');
      assert.ok(first.durationMs > 0);
      const [start, end] = [first, third].map(({ at, durationMs }) => at - durationMs);
      assert.ok(end! - start! >= 150, `two intervals in ${end! - start!} ms`);
      assert.equal(second.snapshot.version, first.snapshot.version);
      assert.ok(server.requests.every((path) => !path.includes('?')));
    });
  });

  test('sees a change with the next interval and not before', async () => {
    await withSource({ watch: false, intervalMs: 200 }, async ({ server, listener }) => {
      const first = await listener.takeRead();
      server.set(web(2));
      const second = await listener.takeRead();
      assert.equal(second.snapshot.services[0]?.containers.length, 2);
      assert.ok(second.at - first.at >= 150);
    });
  });

  test('reads no more than once in the gap, however short the interval', async () => {
    await withSource({ watch: false, intervalMs: 1 }, async ({ listener }) => {
      const events = [await listener.takeRead(), await listener.takeRead(), await listener.takeRead()];
      assert.ok(events[2]!.at - events[0]!.at >= 2 * LIMITS.minReadGapMs - 5);
    });
  });
});

suite('the watch', () => {
  test('reads a change within moments, long before the interval', async () => {
    await withSource({}, async ({ server, listener }) => {
      const polling = server.nextRequest(/wait=true/);
      await listener.takeRead();
      await polling;
      const changedAt = performance.now();
      const version = server.set(web(3));
      const { snapshot, at } = await listener.takeRead();
      assert.equal(snapshot.version, version);
      assert.equal(snapshot.services[0]?.containers.length, 3);
      assert.ok(at - changedAt < 1000, `took ${at - changedAt} ms`);
    });
  });

  test('asks with the raw version and says how long it waits', async () => {
    await withSource({}, async ({ server, listener }) => {
      const polling = server.nextRequest(/wait=true/);
      const { snapshot } = await listener.takeRead();
      assert.equal(await polling, `/2016-07-29/version?wait=true&value=${snapshot.version}&maxWait=60`);
    });
  });

  test('reads nothing when the wait ends with the same version', async () => {
    await withSource(
      { limits: { watchWaitMs: 1000 }, server: { waitTickMs: 20 } },
      async ({ server, listener }) => {
        await listener.takeRead();
        await server.nextRequest(/wait=true/);
        await server.nextRequest(/wait=true/);
        assert.equal(reads(server).length, 1);
        assert.equal(listener.heard.length, 1);
      },
    );
  });

  test('allows an answer to be late', async () => {
    await withSource(
      {
        limits: { watchWaitMs: 1000, watchLatenessMs: 1500 },
        server: { waitTickMs: 20 },
        before: (server) => server.fault({ kind: 'late', ms: 500 }, /version/),
      },
      async ({ server, listener }) => {
        await listener.takeRead();
        const first = await server.nextRequest(/wait=true/);
        assert.equal(await server.nextRequest(/wait=true/), first);
        // After a poll that failed, the next answer would count as news of a recovery.
        assert.equal(reads(server).length, 1);
      },
    );
  });

  test('asks a server that ignores wait once in each gap, and still sees changes', async () => {
    await withSource(
      { before: (server) => server.fault({ kind: 'ignoreWait' }) },
      async ({ server, listener }) => {
        const { at } = await listener.takeRead();
        for (let count = 0; count < 5; count++) await server.nextRequest(/wait=true/);
        const elapsed = performance.now() - at;
        assert.ok(polls(server).length <= elapsed / LIMITS.minReadGapMs + 2);
        assert.equal(reads(server).length, 1);
        server.set(web(2));
        assert.equal((await listener.takeRead()).snapshot.services[0]?.containers.length, 2);
      },
    );
  });

  test('with a version that changes with every question, reads ever less often, at most once in each gap', async () => {
    await withSource(
      { before: (server) => server.fault({ kind: 'flapping' }) },
      async ({ server, listener }) => {
        const events: { readonly at: number }[] = [];
        for (let count = 0; count < 6; count++) events.push(await listener.takeRead());
        const gaps = events.slice(1).map(({ at }, index) => at - events[index]!.at);
        for (const gap of gaps) assert.ok(gap >= LIMITS.minReadGapMs - 5, `gaps of ${gaps.join(', ')} ms`);
        assert.ok(gaps.at(-1)! >= LIMITS.backoffMs / 2 - 5, `gaps of ${gaps.join(', ')} ms`);
        assert.ok(polls(server).length <= events.length + 2);
      },
    );
  });

  test('that fails does no harm: full reads go on without a failure, and it is asked ever less often', async () => {
    await withSource(
      { intervalMs: 60, before: (server) => server.fault({ kind: 'status', status: 500 }, /wait=true/) },
      async ({ server, listener }) => {
        const first = await listener.takeRead();
        let last = first;
        while (last.at - first.at < 600) last = await listener.takeRead();
        assert.ok(polls(server).length >= 2, 'it is asked again');
        assert.ok(polls(server).length <= 8, `${polls(server).length} polls in 600 ms`);
      },
    );
  });

  test('finds a server again that went away and came back on its port with other data', async () => {
    await withSource({}, async ({ server, listener }) => {
      const polling = server.nextRequest(/wait=true/);
      await listener.takeRead();
      await polling;
      await server.close();
      const again = await startMetadataServer({ environment: web(4), port: server.port });
      try {
        const { snapshot } = await listener.takeRead();
        assert.equal(snapshot.services[0]?.containers.length, 4);
        assert.ok(listener.heard.every(({ kind }) => kind === 'read'));
      } finally {
        await again.close();
      }
    });
  });

  test('survives a server that starts before it has answers', async () => {
    await withSource({ server: { environment: null } }, async ({ server, listener }) => {
      assert.match((await listener.takeFailure()).error, /version answered status 404 \("Not found"\)/);
      server.set(web(2));
      let event = await listener.take();
      while (event.kind === 'failed') event = await listener.take();
      assert.equal(event.snapshot.services[0]?.containers.length, 2);
    });
  });
});

suite('a failed refresh', () => {
  const faults = [
    [{ kind: 'hang' }, /did not answer within/],
    [{ kind: 'slow', ms: 60_000 }, /did not complete its answer within/],
    [{ kind: 'status', status: 500 }, /answered status 500 \("Made to fail"\)/],
    [{ kind: 'status', status: 404 }, /answered status 404/],
    [{ kind: 'truncated' }, /broke off in the middle/],
    [{ kind: 'notJson' }, /a JSON document was expected/],
    [{ kind: 'reset' }, /cannot be reached/],
    [{ kind: 'empty' }, /has no services, where the last good answer had 1/],
  ] as const;
  for (const [fault, message] of faults) {
    test(`(${fault.kind}) is told with its reason, repeated as long as it lasts, and over when it ends`, async () => {
      const limits = { requestDeadlineMs: 150 };
      await withSource({ intervalMs: 50, watch: false, limits }, async ({ server, listener }) => {
        const good = await listener.takeRead();
        server.fault(fault, /services/);
        let event = await listener.take();
        while (event.kind === 'read') event = await listener.take();
        assert.match(event.error, message);
        assert.match((await listener.takeFailure()).error, message);
        server.fault(null);
        do event = await listener.take();
        while (event.kind === 'failed');
        assert.deepEqual(event.snapshot, good.snapshot);
      });
    });
  }

  test('is tried again with growing delays, as announced, never longer than the cap', async () => {
    await withSource({ watch: false, intervalMs: 60 }, async ({ server, listener }) => {
      await listener.takeRead();
      server.fault({ kind: 'status', status: 500 });
      const failures = [];
      while (failures.length < 6) {
        const event = await listener.take();
        if (event.kind === 'failed') failures.push(event);
      }
      const delays = failures.map(({ retryInMs }) => retryInMs);
      assert.ok(delays.every((delay) => delay >= LIMITS.minReadGapMs && delay <= LIMITS.backoffMs));
      assert.ok(delays.at(-1)! >= LIMITS.backoffMs / 2);
      for (const [index, next] of failures.slice(1).entries()) {
        assert.ok(next.at - failures[index]!.at >= delays[index]! - 5);
      }
    });
  });

  test('an environment that is empty from the start is no failure', async () => {
    await withSource({ server: { environment: { stacks: [] } } }, async ({ listener }) => {
      assert.deepEqual((await listener.takeRead()).snapshot.services, []);
    });
  });

  test('a version whose services could not be read is not taken as read', async () => {
    await withSource({}, async ({ server, listener }) => {
      const polling = server.nextRequest(/wait=true/);
      await listener.takeRead();
      await polling;
      server.fault({ kind: 'status', status: 500 }, /services/);
      server.set(web(2));
      await listener.takeFailure();
      await listener.takeFailure();
      server.fault(null);
      let event = await listener.take();
      while (event.kind === 'failed') event = await listener.take();
      assert.equal(event.snapshot.services[0]?.containers.length, 2);
    });
  });

  test('with the interval far away, news of a change cuts a long back-off short', async () => {
    await withSource(
      { intervalMs: NEVER_MS, limits: { minReadGapMs: 20, backoffMs: 80 } },
      async ({ server, listener }) => {
        const polling = server.nextRequest(/wait=true/);
        await listener.takeRead();
        await polling;
        server.fault({ kind: 'empty' }, /services/);
        server.set(web(2));
        let failure = await listener.takeFailure();
        while (failure.retryInMs < 300) failure = await listener.takeFailure();
        server.fault(null);
        server.set(web(3));
        const { snapshot, at } = await listener.takeRead();
        assert.equal(snapshot.services[0]?.containers.length, 3);
        assert.ok(at - failure.at < failure.retryInMs, `${at - failure.at} of ${failure.retryInMs} ms`);
      },
    );
  });
});

suite('stop', () => {
  for (const fault of [null, { kind: 'hang' }, { kind: 'slow', ms: 60_000 }] as const) {
    test(`resolves at once and nothing fires after it (${fault?.kind ?? 'while waiting'})`, async () => {
      await withSource({ before: (server) => server.fault(fault) }, async ({ server, listener, stop }) => {
        if (fault === null) await listener.takeRead();
        // One of the first read, one of the watch.
        else for (let count = 0; count < 2; count++) await server.nextRequest(/version/);
        const heard = listener.heard.length;
        const startedAt = performance.now();
        await stop();
        assert.ok(performance.now() - startedAt < 500);
        const requests = server.requests.length;
        server.fault(null);
        server.set(web(2));
        await new Promise((resolve) => setTimeout(resolve, 3 * LIMITS.minReadGapMs));
        assert.equal(listener.heard.length, heard);
        assert.equal(server.requests.length, requests);
      });
    });
  }

  test('may be called from within the listener, and twice', async () => {
    const server = await startMetadataServer({ environment: captureAll('2015-12-19') });
    try {
      const stopped = new Promise<void>((resolve, reject) => {
        const source = startSource(
          { url: `${server.url}/latest/`, refreshIntervalMs: 1, watch: true },
          {
            read: () => void Promise.all([source.stop(), source.stop()]).then(() => resolve(), reject),
            failed: (error) => reject(new Error(error)),
          },
          LIMITS,
        );
      });
      await stopped;
      assert.equal(reads(server).length, 1);
    } finally {
      await server.close();
    }
  });
});
