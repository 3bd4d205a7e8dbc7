import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { FromHealth, HealthThreadData, ToHealth } from '../../src/health/messages.ts';
import { startThread } from '../../src/thread.ts';
import { checkOf } from '../support/checks.ts';
import { cleanup } from '../support/cleanup.ts';
import { startContainers } from '../support/containers.ts';
import { Watch } from '../support/watch.ts';

const INTERVAL = { intervalMs: 50 };
/** A thread takes a moment to start where others are busy too. */
const PATIENCE_MS = 30_000;

/** Two containers, whose answers to checks are told here, and the URL of each. */
async function twoContainers(t: TestContext) {
  const statuses: Record<string, number> = { one: 200, two: 200 };
  const asked: string[] = [];
  const watch = new Watch();
  const port = await startContainers(
    t,
    { one: '127.42.8.1', two: '127.42.8.2' },
    (name, request, response) => {
      asked.push(`${name} ${request.url}`);
      watch.changed();
      response.writeHead(statuses[name] ?? 200).end();
    },
  );
  return {
    statuses,
    asked: (what: string) =>
      watch.until(
        what,
        () => asked.includes(what) || undefined,
        () => JSON.stringify(asked),
        PATIENCE_MS,
      ),
    check: (name: 'one' | 'two', path = '/health') =>
      checkOf(name, `http://127.42.8.${name === 'one' ? 1 : 2}:${port}`, { ...INTERVAL, path }),
  };
}

function start(t: TestContext, data: Partial<HealthThreadData>) {
  const watch = new Watch();
  const told: string[][] = [];
  const worker = startThread('health/thread', {
    checks: [],
    failing: [],
    insecureSkipVerify: false,
    ...data,
  });
  worker.on('message', ({ failing }: FromHealth) => {
    told.push(failing.map(({ server, reason }) => `${server} ${reason}`));
    watch.changed();
  });
  cleanup(t, () => worker.terminate());
  return {
    told,
    worker,
    follow: (message: ToHealth) => worker.postMessage(message),
    toldOf: (...failing: string[]) =>
      watch.until(
        JSON.stringify(failing),
        () => JSON.stringify(told.at(-1)) === JSON.stringify(failing) || undefined,
        () => JSON.stringify(told),
        PATIENCE_MS,
      ),
  };
}

suite('the health thread', { concurrency: 4 }, () => {
  test('tells of a server that fails, and of nobody when it recovers', async (t) => {
    const { statuses, check } = await twoContainers(t);
    statuses['two'] = 500;
    const { toldOf } = start(t, { checks: [check('one'), check('two')] });
    await toldOf('two answered 500');
    statuses['two'] = 204;
    await toldOf();
  });

  test('does the checks that it is told to, and forgets the others', async (t) => {
    const { statuses, asked, check } = await twoContainers(t);
    statuses['one'] = 503;
    const { follow, toldOf } = start(t, { checks: [check('one')] });
    await toldOf('one answered 503');
    follow({ checks: [check('two', '/other')] });
    await toldOf();
    await asked('two /other');
  });

  test('knows what failed before it was started anew', async (t) => {
    const { check } = await twoContainers(t);
    const { backend, server, url } = check('one');
    const failing = [{ backend, server, url, reason: 'answered 500' }];
    const { told, toldOf } = start(t, { checks: [check('one')], failing });
    await toldOf();
    assert.deepEqual(told, [[]]);
  });

  test('ends when it is terminated, whatever is under way', async (t) => {
    const { check } = await twoContainers(t);
    const silent = await startContainers(t, { silent: '127.42.8.3' }, () => {});
    const { worker, toldOf } = start(t, {
      checks: [
        checkOf('gone', 'http://127.42.8.4:9', INTERVAL),
        checkOf('silent', `http://127.42.8.3:${silent}`, { timeoutMs: 600_000 }),
        check('one'),
      ],
    });
    await toldOf('gone refused the connection');
    assert.equal(await worker.terminate(), 1);
  });
});
