import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { Counts } from '../../../src/model/counts.ts';
import type { Table } from '../../../src/model/table.ts';
import type { FromProxy, ToProxy } from '../../../src/proxy/messages.ts';
import { sumCounts } from '../../../src/telemetry/sumCounts.ts';
import { STRANGERS_CERTIFICATE } from '../../support/certificates.ts';
import { proxySettings, type SomeProxySettings } from '../../support/settings.ts';
import { cleanup } from '../../support/cleanup.ts';
import { oneHost, table, toServer } from '../../support/proxy.ts';
import { aloneWith, tellTable } from '../../support/proxyThread.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startServer } from '../../support/recordingServer.ts';
import { Watch } from '../../support/watch.ts';

/** A proxy thread, as main has it. */
class Thread {
  readonly heard: FromProxy[] = [];
  readonly #worker: Worker;
  readonly #watch = new Watch();
  readonly #t: TestContext;

  constructor(t: TestContext, settings: SomeProxySettings = {}) {
    const workerData = aloneWith(proxySettings(settings));
    this.#worker = new Worker(new URL('../../../src/proxy/thread.ts', import.meta.url), { workerData });
    this.#worker.on('message', (message: FromProxy) => {
      this.heard.push(message);
      this.#watch.changed();
    });
    this.#t = t;
    cleanup(t, async () => {
      const exited = once(this.#worker, 'exit');
      this.tell({ kind: 'stop', graceMs: 0 });
      await exited;
    });
  }

  tell(message: ToProxy): void {
    this.#worker.postMessage(message);
  }

  /** Tells it of a table, and waits until it routes by it. */
  async install(next: Table): Promise<void> {
    tellTable(this.#worker, next);
    await this.until((message) => message.kind === 'installed' && message.tableId === next.id);
  }

  /** The first message of a kind that it has said or says. */
  hear<K extends FromProxy['kind']>(kind: K): Promise<FromProxy & { readonly kind: K }> {
    return this.until((message): message is FromProxy & { readonly kind: K } => message.kind === kind);
  }

  /** All pieces of what it has counted. */
  async hearAll(id: number): Promise<readonly Counts[]> {
    await this.until((message) => message.kind === 'counts' && message.id === id && message.isLast);
    return this.heard.flatMap((message) =>
      message.kind === 'counts' && message.id === id ? [message.counts] : [],
    );
  }

  async ask(method: string): Promise<number> {
    const { port } = await this.hear('listening');
    const client = await RawClient.connect(this.#t, port);
    return (await client.request(method, '/').response()).status;
  }

  until<T extends FromProxy>(
    is: ((message: FromProxy) => message is T) | ((message: FromProxy) => boolean),
  ): Promise<T> {
    return this.#watch.until(
      'message of the thread',
      () => this.heard.find(is) as T | undefined,
      () => JSON.stringify(this.heard),
    );
  }
}

test('a thread is told of failing servers before it has its first table, and afterwards', async (t) => {
  const server = await startServer(t);
  const { id, url } = toServer(server);
  const thread = new Thread(t);
  thread.tell({
    kind: 'health',
    failing: [{ backend: 'test/a.test', server: id, url, reason: 'answered 500' }],
  });
  await thread.install(oneHost(server));
  assert.equal(await thread.ask('GET'), 503);
  thread.tell({ kind: 'health', failing: [] });
  // Messages are handled in order, so what follows the installation comes after the health.
  await thread.install(oneHost(server));
  assert.equal(await thread.ask('GET'), 200);
});

test('a thread tells what becomes of circuit breakers, and which certificates are refused', async (t) => {
  const server = await startServer(t, undefined, { tls: STRANGERS_CERTIFICATE });
  const circuitBreaker = {
    expression: 'NetworkErrorRatio() > 0.5',
    condition: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.5 },
  } as const;
  const thread = new Thread(t);
  const servers = [{ port: server.port, scheme: 'https' }] as const;
  await thread.install(table({ 'a.test': { servers, circuitBreaker } }));
  for (let n = 0; n < 5; n += 1) assert.equal(await thread.ask('GET'), 502);
  assert.equal(await thread.ask('GET'), 503);
  const opened = { kind: 'breaker', backend: 'test/a.test', state: 'open', isTold: false };
  assert.deepEqual(await thread.hear('breaker'), opened);
  const url = `https://127.0.0.1:${server.port}`;
  assert.deepEqual(
    thread.heard.filter(({ kind }) => kind === 'untrustedServer'),
    [{ kind: 'untrustedServer', backend: 'test/a.test', url, reason: 'self-signed certificate' }],
  );
});

test('a thread says that there are more client connections than may be open, and when that is over', async (t) => {
  const thread = new Thread(t, { limits: { connections: 1 }, timeouts: { headerMs: 200 } });
  await thread.install(oneHost(await startServer(t)));
  const { port } = await thread.hear('listening');
  const first = await RawClient.connect(t, port);
  const second = await RawClient.connect(t, port);
  const { state, limit } = await thread.hear('overload');
  assert.deepEqual([state, limit], ['begun', 1]);
  // Neither of them ever sends anything.
  await first.closed();
  await second.closed();
  await thread.until((message) => message.kind === 'overload' && message.state === 'over');
});

test('a thread tells how it fares before it has a table, and afterwards what it has counted', async (t) => {
  const server = await startServer(t);
  const thread = new Thread(t);
  thread.tell({ kind: 'collect', id: 1 });
  const { counts, isLast } = await thread.hear('counts');
  assert.deepEqual([counts.services, isLast], [[], true]);
  assert.equal(counts.threads[0]?.thread, 'proxy-1');
  await thread.install(oneHost(server));
  assert.equal(await thread.ask('GET'), 200);
  thread.tell({ kind: 'collect', id: 2 });
  const pieces = await thread.hearAll(2);
  const sum = sumCounts(pieces);
  assert.equal(sum.entrypoints[0]?.accepted, 1);
  assert.ok(sum.services.includes('test/a.test'));
  assert.equal(sum.threads.length, 1);
});
