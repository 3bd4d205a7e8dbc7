import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LIMITS, NEVER_MS, web, withSource } from '../support/source.ts';

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
      const isSlow = fault.kind === 'hang' || fault.kind === 'slow';
      const limits = isSlow ? { requestDeadlineMs: 500 } : {};
      await withSource({ intervalMs: 50, watch: false, limits }, async ({ server, listener }) => {
        let event = await listener.take();
        while (event.kind === 'failed') event = await listener.take();
        const good = event;
        server.fault(fault, /services/);
        do event = await listener.take();
        while (event.kind === 'read');
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
        while (failure.retryInMs < 1000) failure = await listener.takeFailure();
        server.fault(null);
        server.set(web(3));
        const { snapshot, at } = await listener.takeRead();
        assert.equal(snapshot.services[0]?.containers.length, 3);
        assert.ok(at - failure.at < failure.retryInMs, `${at - failure.at} of ${failure.retryInMs} ms`);
      },
    );
  });
});
