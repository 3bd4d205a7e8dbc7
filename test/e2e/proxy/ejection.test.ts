import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { CircuitBreaker } from '../../../src/model/table.ts';
import { cleanup } from '../../support/cleanup.ts';
import {
  onEachLane,
  oneHost,
  startProxy,
  table,
  type ServerSpec,
  type TestProxy,
} from '../../support/proxy.ts';
import { bytes, echo, onReuse, startServer, type Script } from '../../support/recordingServer.ts';

type T = Parameters<typeof startServer>[0];

const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};
const answers500: Script = async (exchange) => {
  await exchange.received();
  await exchange.answer('', [], '500 Internal Server Error');
};
const endless: Script = (exchange) => exchange.write('HTTP/1.1 200 OK\r\n\r\nhello');
const breaksInTheMiddle: Script = async (exchange) => {
  await exchange.received();
  await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
  exchange.socket.end();
};

/** A clock that goes when it is told to, and what was told of servers, each with the last digit of its id. */
function rig() {
  const told: string[] = [];
  const reasons: string[] = [];
  const time = { now: 5_000 };
  const options = {
    clock: () => time.now,
    ejected: ({ server, reason, until }: { server: string; reason: string; until: number | null }) => {
      told.push(`${server} ${until === null ? 'on probation' : 'ejected'}`);
      reasons.push(reason);
    },
    readmitted: ({ server }: { server: string }) => void told.push(`${server} readmitted`),
  };
  return { told, reasons, time, options };
}

/** These servers as `s0`, `s1`, … */
function named(...servers: readonly { readonly port: number }[]): readonly ServerSpec[] {
  return servers.map(({ port }, i) => ({ port, id: `s${i}` }));
}

/** The statuses of so many requests, one after another on a connection each. */
async function ask(proxy: TestProxy, count: number, method = 'GET'): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < count; n += 1) statuses.push((await proxy.ask(method, '/')).status);
  return statuses;
}

function all(status: number, count: number): readonly number[] {
  return Array<number>(count).fill(status);
}

/** A process that listens, dies and comes back; of the ports that no outgoing connection gets. */
async function startMortal(t: T) {
  const seen = { requests: 0 };
  const server = createServer((_, response) => {
    seen.requests += 1;
    response.end('hello');
  });
  const listen = async (port: number): Promise<boolean> => {
    server.listen(port, '127.0.0.1');
    return once(server, 'listening').then(
      () => true,
      () => false,
    );
  };
  let port = 0;
  do port = 10_000 + Math.floor(Math.random() * 20_000);
  while (!(await listen(port)));
  const die = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  cleanup(t, () => (server.listening ? die() : undefined));
  return { port, seen, die, revive: async () => assert.ok(await listen(port)) };
}

onEachLane('passive ejection', (lane) => {
  test('one server of three that dies under load is noticed by no client, and gets its share when it is back', async (t) => {
    const [a, b, c] = await Promise.all([startMortal(t), startMortal(t), startMortal(t)]);
    const { told, reasons, time, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(a, b, c)), options);
    const clients = await Promise.all([1, 2, 3, 4].map(() => proxy.connect()));
    const load = (count: number) =>
      Promise.all(
        clients.map(async (client) => {
          for (let n = 0; n < count; n += 1)
            assert.equal((await client.request('GET', '/').response()).status, 200);
        }),
      );
    await load(10);
    await Promise.all([load(30), b.die()]);
    assert.deepEqual(told, ['s1 ejected']);
    assert.equal(reasons[0], 'made no connection, 3 times in a row');
    time.now += 5_000;
    await load(10);
    assert.deepEqual(told.splice(0), ['s1 ejected', 's1 on probation', 's1 ejected']);
    await b.revive();
    time.now += 9_999;
    const before = b.seen.requests;
    await load(5);
    assert.equal(b.seen.requests, before);
    time.now += 1;
    await load(5);
    assert.deepEqual(told, ['s1 on probation', 's1 readmitted']);
    const atLast = b.seen.requests;
    await load(30);
    assert.ok(Math.abs(b.seen.requests - atLast - 40) <= 2, `${b.seen.requests - atLast} of 120`);
  });

  test('a server that breaks off gets three requests, then one at the end of each ejection', async (t) => {
    const [sick, well] = [await startServer(t, breaksOff), await startServer(t)];
    const { told, time, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(sick, well)), options);
    assert.deepEqual(await ask(proxy, 20), all(200, 20));
    assert.equal(sick.exchanges.length, 3);
    for (const [termMs, seen] of [
      [5_000, 4],
      [10_000, 5],
      [20_000, 6],
    ] as const) {
      time.now += termMs - 1;
      await ask(proxy, 5);
      time.now += 1;
      assert.deepEqual(await ask(proxy, 10), all(200, 10));
      assert.equal(sick.exchanges.length, seen);
    }
    sick.script = echo;
    time.now += 40_000;
    await ask(proxy, 4);
    assert.deepEqual(told.slice(-2), ['s0 on probation', 's0 readmitted']);
  });

  test('while a trial is in flight, other requests go elsewhere', async (t) => {
    const [sick, well] = [await startServer(t, breaksOff), await startServer(t)];
    const { told, time, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(sick, well)), options);
    await ask(proxy, 8);
    sick.script = () => {};
    time.now += 5_000;
    const clients = await Promise.all([1, 2].map(() => proxy.connect()));
    for (const client of clients) client.request('GET', '/');
    const trial = await sick.exchange(3);
    assert.deepEqual(await ask(proxy, 10), all(200, 10));
    assert.equal(sick.exchanges.length, 4);
    await trial.answer('well again');
    await Promise.all(clients.map((client) => client.response()));
    assert.equal(told.at(-1), 's0 readmitted');
  });

  test('where all servers fail, half of them go on being asked, and clients get the failure', async (t) => {
    const servers = await Promise.all([1, 2, 3, 4, 5].map(() => startServer(t, breaksOff)));
    const { told, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(...servers)), { ...options, retryAttempts: 1 });
    assert.deepEqual(await ask(proxy, 40), all(502, 40));
    assert.deepEqual(
      told.map((one) => one.slice(3)),
      ['ejected', 'ejected'],
    );
    assert.equal(
      servers.reduce((sum, { exchanges }) => sum + exchanges.length, 0),
      40,
    );
  });

  test('a server that accepts and never answers is ejected by three time-outs', async (t) => {
    const [hung, well] = [await startServer(t, () => {}), await startServer(t)];
    const { told, reasons, options } = rig();
    const timeouts = { responseMs: 40 };
    const proxy = await startProxy(t, lane, oneHost(...named(hung, well)), { ...options, timeouts });
    const statuses = await ask(proxy, 12);
    assert.equal(statuses.filter((status) => status === 504).length, 3);
    assert.equal(statuses.filter((status) => status === 200).length, 9);
    assert.deepEqual(told, ['s0 ejected']);
    assert.equal(reasons[0], 'did not answer in time, 3 times in a row');
  });

  for (const [what, script, reason] of [
    ['breaks responses in the middle', breaksInTheMiddle, /broke off in the middle of a response, 3 times/],
    ['answers what is no HTTP', bytes('SSH-2.0-x\r\n\r\n'), /not valid HTTP, 3 times in a row/],
    [
      'answers what cannot be sent on',
      bytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'),
      /cannot be sent on, 3 times in a row/,
    ],
  ] as const) {
    test(`a server that ${what} is ejected`, async (t) => {
      const [sick, well] = [await startServer(t, script), await startServer(t)];
      const { told, reasons, options } = rig();
      const proxy = await startProxy(t, lane, oneHost(...named(sick, well)), options);
      for (let n = 0; n < 12; n += 1) {
        const client = await proxy.connect();
        await client.request('GET', '/').outcome();
      }
      assert.deepEqual(told, ['s0 ejected']);
      assert.match(reasons[0]!, reason);
      assert.equal(sick.exchanges.length, 3);
    });
  }

  test('errors that a server answers with eject it where the circuit breaker of its backend asks for them', async (t) => {
    const circuitBreaker: CircuitBreaker = {
      expression: 'ResponseCodeRatio(500, 600, 0, 600) > 0.6',
      condition: {
        kind: 'compare',
        metric: { kind: 'response-code-ratio', from: 500, to: 600, dividedFrom: 0, dividedTo: 600 },
        operator: '>',
        value: 0.6,
      },
    };
    const [sick, well] = [await startServer(t, answers500), await startServer(t)];
    const { told, time, options } = rig();
    const guarded = table({ 'a.test': { servers: named(sick, well), circuitBreaker } });
    const proxy = await startProxy(t, lane, guarded, options);
    await ask(proxy, 20);
    assert.deepEqual(told, ['s0 ejected']);
    assert.equal(sick.exchanges.length, 5);
    time.now += 5_000;
    await ask(proxy, 6);
    assert.equal(sick.exchanges.length, 6, 'one answer is enough to be ejected again');
    proxy.install(table({ 'b.test': { servers: named(sick, well) } }));
    for (let n = 0; n < 10; n += 1) await proxy.ask('GET', '/', [['Host', 'b.test']]);
    assert.equal(sick.exchanges.length, 11, 'without a circuit breaker any answer is one');
  });

  test('an ejection outlives tables, and one that leaves too few servers ends it', async (t) => {
    const [sick, well, other] = await Promise.all([
      startServer(t, breaksOff),
      startServer(t),
      startServer(t),
    ]);
    const { told, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(sick, well)), options);
    await ask(proxy, 8);
    proxy.install(oneHost(...named(sick, well, other)));
    assert.deepEqual(await ask(proxy, 12), all(200, 12));
    assert.equal(sick.exchanges.length, 3);
    proxy.install(oneHost(...named(sick)));
    assert.deepEqual(await ask(proxy, 2), all(502, 2));
    assert.deepEqual(told, ['s0 ejected', 's0 on probation', 's0 readmitted']);
  });

  test('what clients do ejects nobody: leaving, too large a body, a request that is cut off', async (t) => {
    const [hung, other] = [await startServer(t, () => {}), await startServer(t, () => {})];
    const { told, options } = rig();
    const limits = { bodyBytes: 10 };
    const proxy = await startProxy(t, lane, oneHost(...named(hung, other)), { ...options, limits });
    for (const request of [
      'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhi',
    ]) {
      for (let n = 0; n < 8; n += 1) {
        const arrival = [hung, other].map((server) => server.exchange(server.exchanges.length));
        const client = await proxy.connect();
        client.send(request);
        await Promise.race(arrival.map((exchange) => exchange.catch(() => {})));
        client.socket.resetAndDestroy();
      }
    }
    const chunked = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const [status, body] of [
      [413, 'ff\r\n' + 'x'.repeat(255)],
      [400, '1\r\nx\r\nnot a chunk\r\n'],
    ] as const) {
      for (let n = 0; n < 8; n += 1) {
        const client = await proxy.connect();
        assert.equal((await client.send(chunked + body).response()).status, status);
      }
    }
    for (const { connections } of [hung, other])
      await Promise.all(connections.map((connection) => connection.whenClosed()));
    assert.deepEqual(told, []);
  });

  test('a client that leaves in the middle of a response ejects nobody', async (t) => {
    const servers = [await startServer(t, endless), await startServer(t, endless)];
    const { told, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(...servers)), options);
    for (let n = 0; n < 10; n += 1) {
      const client = await proxy.connect();
      await client.request('GET', '/').responseHead();
      client.socket.resetAndDestroy();
    }
    for (const { connections } of servers)
      await Promise.all(connections.map((connection) => connection.whenClosed()));
    assert.deepEqual(told, []);
  });

  test('connections that a server closes while they are idle tell nothing about it', async (t) => {
    const servers = await Promise.all([1, 2].map(() => startServer(t, onReuse(breaksOff))));
    const { told, options } = rig();
    const proxy = await startProxy(t, lane, oneHost(...named(...servers)), options);
    for (let n = 0; n < 10; n += 1) {
      assert.equal((await proxy.ask('GET', '/')).status, 200);
      await proxy.ask('POST', '/');
    }
    assert.deepEqual(told, []);
  });
});
