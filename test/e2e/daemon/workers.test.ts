import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answerAsWebTest } from '../../../src/demo/webTest.ts';
import { HOST, webTest } from '../../support/containers.ts';
import { Crowd } from '../../support/crowd.ts';
import { moduleUrl } from '../../support/bugModule.ts';
import { realServer } from '../../support/daemon.ts';
import { isRefused } from '../../support/isRefused.ts';
import { daemonEnv, runProgram, startProgram } from '../../support/program.ts';
import type { RawClient } from '../../support/rawClient.ts';
import { startStandIn } from '../../support/standIn.ts';

const SERVICE = 'proxy-test/web-test';
/** Longer than a thread is waited for, on a machine that is busy. */
const HANG_MS = 6_000;

suite('two proxy threads', { concurrency: 2 }, () => {
  test('forward what comes to one port, say so, and are counted as one', async (t) => {
    const crowd = await Crowd.start(t);
    const [line] = crowd.linesOf('proxy-threads');
    assert.equal(line?.['msg'], 'requests are forwarded by 2 threads (LB_WORKERS is 2)');
    assert.equal(crowd.linesOf('listening').length, 1);
    const clients = [await crowd.connectTo('proxy-1'), await crowd.connectTo('proxy-2')];
    for (const client of clients) {
      for (let n = 0; n < 5; n += 1) assert.equal(realServer(await crowd.ask(client)), 'web-1');
    }
    const request = { service: SERVICE, method: 'GET', code: '2xx' };
    const scraped = await crowd.scrapeUntil(
      (seen) => seen.families.has('active_lb_requests_total') && sumOf(seen) === 10,
    );
    assert.equal(scraped.value('active_lb_requests_total', request), 10);
    assert.equal(scraped.value('active_lb_connections_open', { entrypoint: 'http' }), 2);
    assert.equal(scraped.value('active_lb_connections_limit', { entrypoint: 'http' }), 100);
    for (const thread of ['proxy-1', 'proxy-2'])
      assert.ok(scraped.value('active_lb_thread_busy_seconds_total', { thread }) > 0);
    assert.equal(crowd.stderr, '');
  });

  test('do not feel it when the other crashes: it is replaced, knows the table, and counters do not go back', async (t) => {
    const crowd = await Crowd.start(t);
    const victim = await crowd.connectTo('proxy-1');
    const kept = await crowd.connectTo('proxy-2');
    const download = await crowd.connectTo('proxy-2');
    for (const client of [victim, kept]) assert.equal(realServer(await crowd.ask(client)), 'web-1');
    await crowd.hold(download, '/held/download');
    const before = await crowd.scrapeUntil((seen) => sumOf(seen) === 2);
    assert.equal(before.value('active_lb_thread_restarts_total', { thread: 'proxy' }), 0);
    crowd.meetBug(victim);
    await victim.closed();
    assert.equal(realServer(await crowd.ask(kept)), 'web-1');
    await crowd.program.said(/"event":"proxy-restarted","thread":"proxy-1"/);
    assert.equal(realServer(await crowd.ask(await crowd.connectTo('proxy-1'))), 'web-1');
    crowd.held.get('/held/download')!.end('second half');
    await download.until('the second half', () => download.seen().includes('second half'));
    assert.equal(realServer(await crowd.ask(kept)), 'web-1');
    const after = await crowd.scrapeUntil((seen) => sumOf(seen) === 6);
    assert.equal(after.value('active_lb_thread_restarts_total', { thread: 'proxy' }), 1);
    assert.equal(after.value('active_lb_requests_in_flight', { service: SERVICE }), 0);
    assert.deepEqual(
      crowd.linesOf('proxy-crashed').map(({ level, thread }) => [level, thread]),
      [['error', 'proxy-1']],
    );
    assert.equal(crowd.stderr, '');
  });

  test('swap together, and one that hangs does not hold the other up for long', async (t) => {
    const hangs = moduleUrl(`
      import { parentPort, workerData } from 'node:worker_threads';
      let installs = 0;
      if (workerData?.name === 'proxy-2') parentPort.on('message', ({ kind }) => {
        if (kind === 'install' && ++installs === 2)
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${HANG_MS});
      });
    `);
    const crowd = await Crowd.start(t, { modules: [hangs] });
    const client = await crowd.connectTo('proxy-1');
    const changedAt = performance.now();
    crowd.metadata.set(webTest(crowd.containerPort, ['web-2']));
    let server = '';
    while (server !== 'web-2') server = realServer(await crowd.ask(client)) ?? '';
    const tookMs = performance.now() - changedAt;
    assert.ok(tookMs < HANG_MS, `${tookMs} ms`);
    await crowd.program.said(/"event":"installed"[^]*"event":"installed"/);
    // In the end it has it, too.
    const late = await crowd.connectTo('proxy-2');
    assert.equal(realServer(await crowd.ask(late)), 'web-2');
  });

  test('eject a server that one of them has found failing, which is told once', async (t) => {
    let fails = 0;
    const crowd = await Crowd.start(t, {
      servers: ['web-1', 'web-2'],
      answer: (name, request, response) => {
        if (name === 'web-1') return answerAsWebTest(name, request, response);
        fails += 1;
        response.destroy();
      },
    });
    const finder = await crowd.connectTo('proxy-1');
    const other = await crowd.connectTo('proxy-2');
    while (crowd.linesOf('server-ejected').length === 0)
      assert.equal(realServer(await crowd.ask(finder)), 'web-1');
    // Main has told the other thread before that is asked for its counts.
    const seen = await crowd.scrape();
    assert.equal(seen.value('active_lb_servers_ejected'), 1);
    const failsBefore = fails;
    for (let n = 0; n < 10; n += 1) assert.equal(realServer(await crowd.ask(other)), 'web-1');
    assert.equal(fails, failsBefore, 'nothing was sent to it');
    const { value } = seen.samples('active_lb_server_ejections_total')[0]!;
    assert.deepEqual([value, crowd.linesOf('server-ejected').length], [1, 1]);
  });

  test('hand what they know of servers over to one that is started anew', async (t) => {
    let fails = 0;
    const crowd = await Crowd.start(t, {
      servers: ['web-1', 'web-2'],
      settings: { LB_WORKERS: '1' },
      answer: (name, request, response) => {
        if (name === 'web-1') return answerAsWebTest(name, request, response);
        fails += 1;
        response.destroy();
      },
    });
    const client = await crowd.connectTo('proxy-1');
    const ejectedAt = async (): Promise<number> => {
      while (crowd.linesOf('server-ejected').length === 0) await crowd.ask(client);
      return performance.now();
    };
    const since = await ejectedAt();
    const failsBefore = fails;
    crowd.meetBug(client);
    await client.closed();
    await crowd.program.said(/"event":"proxy-restarted"/);
    const next = await crowd.connectTo('proxy-1');
    for (let n = 0; n < 4; n += 1) await crowd.ask(next);
    // Where the machine was so slow that the ejection was over by then, this says nothing.
    if (performance.now() - since < 4_500) assert.equal(fails, failsBefore);
    assert.equal(crowd.linesOf('server-ejected').length, 1);
  });
});

/** Requests that are over, of all services. */
function sumOf(scraped: Awaited<ReturnType<Crowd['scrape']>>): number {
  return scraped.samples('active_lb_requests_total').reduce((sum, { value }) => sum + value, 0);
}

for (const lane of ['off', 'on']) {
  const LB_FAST_LANE = lane;
  suite(`limits hold for both together, with the fast lane ${lane}`, { concurrency: 2 }, () => {
    test('LB_MAX_SERVER_REQUESTS: there is one request at the server at a time, and all are answered', async (t) => {
      let now = 0;
      let most = 0;
      const crowd = await Crowd.start(t, {
        settings: { LB_FAST_LANE, LB_MAX_SERVER_REQUESTS: '1', LB_CONNECT_TIMEOUT: '30s' },
        answer: (_name, _request, response) => {
          now += 1;
          most = Math.max(most, now);
          setTimeout(() => {
            now -= 1;
            response.end('once');
          }, 2);
        },
      });
      const clients: RawClient[] = [];
      for (const thread of ['proxy-1', 'proxy-2', 'proxy-1', 'proxy-2', 'proxy-2'])
        clients.push(await crowd.connectTo(thread));
      await Promise.all(
        clients.map(async (client) => {
          for (let n = 0; n < 40; n += 1) assert.equal(await crowd.ask(client), 'once');
        }),
      );
      assert.equal(most, 1);
      const scraped = await crowd.scrapeUntil((seen) => seen.value('active_lb_requests_queued') === 0);
      assert.deepEqual(scraped.samples('active_lb_server_requests_in_flight'), []);
    });

    test('room that a thread leaves when it crashes is there for the other', async (t) => {
      const crowd = await Crowd.start(t, {
        settings: { LB_FAST_LANE, LB_MAX_SERVER_REQUESTS: '1', LB_CONNECT_TIMEOUT: '30s' },
      });
      const [holder, victim] = [await crowd.connectTo('proxy-1'), await crowd.connectTo('proxy-1')];
      await crowd.hold(holder, '/held/by-the-dead');
      const waits = await crowd.connectTo('proxy-2');
      waits.request('GET', '/', [['Host', HOST]]);
      await crowd.scrapeUntil((seen) => seen.value('active_lb_requests_queued') === 1);
      crowd.meetBug(victim);
      await Promise.all([holder.closed(), victim.closed()]);
      assert.equal((await waits.response()).status, 200);
    });

    test('LB_MAX_QUEUE: as many wait in all', async (t) => {
      const crowd = await Crowd.start(t, {
        settings: { LB_FAST_LANE, LB_MAX_SERVER_REQUESTS: '1', LB_MAX_QUEUE: '3', LB_CONNECT_TIMEOUT: '30s' },
      });
      const holder = await crowd.connectTo('proxy-1');
      await crowd.hold(holder, '/held/one');
      const waiting: RawClient[] = [];
      for (const thread of ['proxy-1', 'proxy-2', 'proxy-2']) {
        const client = (await crowd.connectTo(thread)).request('GET', '/', [['Host', HOST]]);
        waiting.push(client);
        const count = waiting.length;
        await crowd.scrapeUntil((seen) => seen.value('active_lb_requests_queued') === count);
      }
      for (const thread of ['proxy-1', 'proxy-2'])
        assert.equal(await crowd.ask(await crowd.connectTo(thread)), '503');
      crowd.held.get('/held/one')!.end('second half');
      for (const client of waiting) assert.equal((await client.response()).status, 200);
    });

    test('LB_MAX_CONNECTIONS: who comes to one thread waits, and an idle connection of the other gives way', async (t) => {
      const crowd = await Crowd.start(t, { settings: { LB_FAST_LANE, LB_MAX_CONNECTIONS: '2' } });
      const busy = await crowd.connectTo('proxy-1');
      await crowd.hold(busy, '/held/one');
      const idle = await crowd.connectTo('proxy-2');
      assert.equal(realServer(await crowd.ask(idle)), 'web-1');
      // Connections that wait are accepted, too: those that go to the wrong thread do no harm.
      const next = await crowd.connectTo('proxy-1');
      next.request('GET', '/', [['Host', HOST]]);
      assert.equal((await next.response()).status, 200);
      await idle.closed();
      assert.equal(busy.ending, null);
      crowd.held.get('/held/one')!.end('second half');
      await busy.until('the second half', () => busy.seen().includes('second half'));
      busy.socket.destroy();
      next.socket.destroy();
      // There may have been one before, of connections that came to the other thread than was wanted.
      const told = (): string[] =>
        [...crowd.program.stdout.matchAll(/"event":"connections-(at|below)-limit"/g)].map(
          ([, side]) => side!,
        );
      await crowd.scrapeUntil(() => told().at(-1) === 'below');
      assert.ok(
        told().every((side, n) => side === ['at', 'below'][n % 2]),
        `once for both: ${told().join()}`,
      );
    });
  });
}

suite('the end of two proxy threads', { concurrency: 2 }, () => {
  test('lets what is in flight in both finish, while nobody is let in', async (t) => {
    const crowd = await Crowd.start(t);
    const clients = [await crowd.connectTo('proxy-1'), await crowd.connectTo('proxy-2')];
    for (const [n, client] of clients.entries()) await crowd.hold(client, `/held/${n}`);
    crowd.program.child.kill('SIGTERM');
    while (!(await isRefused(crowd.port))) await new Promise(setImmediate);
    for (const [n, client] of clients.entries()) {
      crowd.held.get(`/held/${n}`)!.end('second half');
      await client.closed();
      assert.match(client.seen(), /first half, second half/);
    }
    assert.deepEqual(await crowd.program.ended(), { code: 0, signal: null });
    assert.equal(crowd.stderr, '');
  });

  test('counts what was cut off in both', async (t) => {
    const crowd = await Crowd.start(t, { settings: { LB_GRACE_PERIOD: '300ms' } });
    const clients = [await crowd.connectTo('proxy-1'), await crowd.connectTo('proxy-2')];
    for (const [n, client] of clients.entries()) await crowd.hold(client, `/held/${n}`);
    crowd.program.child.kill('SIGTERM');
    for (const client of clients) await client.closed();
    assert.deepEqual(await crowd.program.ended(), { code: 0, signal: null });
    assert.match(crowd.program.stdout, /stopped; 2 connections were cut off/);
  });
});

suite('a second daemon on the same port', { concurrency: 2 }, () => {
  for (const [first, second] of [
    ['2', '2'],
    ['2', '1'],
    ['1', '2'],
  ] as const) {
    test(`is told that it is taken, rather than get half of the traffic: ${second} threads after ${first}`, async (t) => {
      const metadata = await startStandIn(t, webTest(1, ['web-1']));
      const program = startProgram(t, [], { env: daemonEnv(metadata.base, { LB_WORKERS: first }) });
      const port = await program.portOf('listening');
      const env = daemonEnv(metadata.base, { LB_WORKERS: second, LB_HTTP_PORT: String(port) });
      const { code, stderr } = await runProgram(t, [], { env });
      assert.deepEqual(
        [code, stderr],
        [
          1,
          `active-lb: port ${port} is taken by another process; stop it or choose another port (LB_HTTP_PORT is ${port}, on 127.0.0.1)\n`,
        ],
      );
    });
  }
});
