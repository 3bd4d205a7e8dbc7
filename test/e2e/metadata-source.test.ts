import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startMetadataServer } from '../../src/demo/metadata.ts';
import { startSource } from '../../src/metadata/source.ts';
import { captureAll } from '../support/captures.ts';
import { LIMITS, polls, reads, startOf, web, withSource } from '../support/source.ts';

suite('an interval poller (watch off)', () => {
  test('reads at once and then each interval, and never polls', async () => {
    await withSource({ watch: false, intervalMs: 80 }, async ({ server, listener }) => {
      const first = await listener.takeRead();
      const second = await listener.takeRead();
      const third = await listener.takeRead();
      assert.equal(first.snapshot.services[0]?.id, 'shop/web');
      assert.ok(first.durationMs > 0);
      const elapsedMs = startOf(third) - startOf(first);
      assert.ok(elapsedMs >= 150, `two intervals in ${elapsedMs} ms`);
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
      assert.ok(startOf(second) - startOf(first) >= 190);
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
      assert.ok(at - changedAt < 5000, `took ${at - changedAt} ms`);
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
        limits: { watchWaitMs: 1000 },
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

  test('with a version that changes with every question, reads promptly at first, then ever less often, never twice in a gap', async () => {
    await withSource(
      {
        limits: { minReadGapMs: 150, backoffMs: 1200 },
        before: (server) => server.fault({ kind: 'flapping' }),
      },
      async ({ server, listener }) => {
        const events: number[] = [];
        for (let count = 0; count < 10; count++) events.push(startOf(await listener.takeRead()));
        const gaps = events.slice(1).map((start, index) => start - (events[index] ?? 0));
        const told = `gaps of ${gaps.join(', ')} ms`;
        assert.ok(
          gaps.every((gap) => gap >= 140),
          told,
        );
        // A rolling upgrade changes as often for a while; what goes on and on is asked every 600 to 1200 ms in the end.
        assert.ok(Math.min(...gaps.slice(0, 4)) < 600, told);
        assert.ok(Math.min(...gaps.slice(-2)) >= 590, told);
        assert.ok(polls(server).length <= events.length + 1);
      },
    );
  });

  test('that fails does no harm: full reads go on without a failure, and it is asked ever less often', async () => {
    await withSource(
      { intervalMs: 60, before: (server) => server.fault({ kind: 'status', status: 500 }, /wait=true/) },
      async ({ server, listener }) => {
        const first = await listener.takeRead();
        let last = first;
        while (last.at - first.at < 600 || polls(server).length < 3) last = await listener.takeRead();
        const most = (last.at - first.at) / (LIMITS.backoffMs / 2) + 3;
        assert.ok(polls(server).length <= most, `${polls(server).length} polls, at most ${most} expected`);
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

suite('stop', () => {
  for (const fault of [null, { kind: 'hang' }, { kind: 'slow', ms: 60_000 }] as const) {
    test(`resolves at once and nothing fires after it (${fault?.kind ?? 'while waiting'})`, async () => {
      await withSource({ before: (server) => server.fault(fault) }, async ({ server, listener, stop }) => {
        if (fault === null) {
          await listener.takeRead();
          // Else one that was sent before the stop could arrive after it.
          const isWaiting = server.requests.some((request) => request.includes('wait=true'));
          if (!isWaiting) await server.nextRequest(/wait=true/);
        }
        // One of the first read, one of the watch.
        else for (let count = 0; count < 2; count++) await server.nextRequest(/version/);
        const heard = listener.heard.length;
        const startedAt = performance.now();
        await stop();
        assert.ok(performance.now() - startedAt < 5000);
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
          { url: `${server.url}/latest/`, refreshIntervalMs: 1, watch: true, preferLocal: false },
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
