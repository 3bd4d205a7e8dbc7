import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { CircuitBreaker } from '../../../src/model/table.ts';
import { valuesOf } from '../../support/httpMessage.ts';
import { DEAD, onEachLane, startProxy, table, type ServerSpec } from '../../support/proxy.ts';
import type { Response } from '../../support/rawClient.ts';
import { bytes, startServer, type Script } from '../../support/recordingServer.ts';

const BREAKER: CircuitBreaker = {
  expression: 'NetworkErrorRatio() > 0.5',
  condition: { kind: 'compare', metric: { kind: 'network-error-ratio' }, operator: '>', value: 0.5 },
};

function guardedHost(servers: readonly ServerSpec[], circuitBreaker = BREAKER) {
  return table({ 'a.test': { servers, circuitBreaker } });
}

const answers =
  (status: string): Script =>
  async (exchange) => {
    await exchange.received();
    await exchange.answer('', [], status);
  };
const breaksOff: Script = async (exchange) => {
  await exchange.received();
  exchange.reset();
};

/** A clock that goes when it is told to, and the changes of breakers that were told. */
function rig() {
  const states: string[] = [];
  const time = { now: 5_000 };
  const options = {
    clock: () => time.now,
    breaker: (backend: string, state: string) => void states.push(`${backend} ${state}`),
  };
  return { states, time, options };
}

function isOpenAnswer({ status, message }: Response): boolean {
  return status === 503 && /circuit breaker of test\/a\.test is open/.test(message.bodyText);
}

onEachLane('circuit breakers', (lane) => {
  for (const [what, script] of Object.entries({
    'breaks off': breaksOff,
    'answers 502': answers('502 Bad Gateway'),
    'answers 504': answers('504 Gateway Timeout'),
    'answers what cannot be sent on': bytes(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    ),
  })) {
    test(`a backend that ${what} is left alone after five requests, and said to be so`, async (t) => {
      const server = await startServer(t, script);
      const { states, options } = rig();
      const proxy = await startProxy(t, lane, guardedHost([server]), options);
      for (let n = 0; n < 5; n += 1) assert.ok(!isOpenAnswer(await proxy.ask('GET', '/')));
      assert.deepEqual(states, ['test/a.test open']);
      const refused = await proxy.ask('POST', '/', [], 'hello');
      assert.ok(isOpenAnswer(refused), refused.message.bodyText);
      assert.deepEqual(valuesOf(refused.message.fields, 'retry-after'), ['10']);
      assert.equal(server.exchanges.length, 5);
    });
  }

  test('no connection to any server counts, one server of two that is dead does not', async (t) => {
    const live = await startServer(t);
    const { states, options } = rig();
    const proxy = await startProxy(t, lane, guardedHost([live, DEAD]), options);
    for (let n = 0; n < 10; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.deepEqual(states, []);
    proxy.install(guardedHost([DEAD]));
    for (let n = 0; n < 12; n += 1) await proxy.ask('GET', '/');
    assert.deepEqual(states, ['test/a.test open']);
  });

  test('a server that does not answer in time counts', async (t) => {
    const server = await startServer(t, () => {});
    const { states, options } = rig();
    const settings = { ...options, timeouts: { responseMs: 50 } };
    const proxy = await startProxy(t, lane, guardedHost([server]), settings);
    const statuses = await Promise.all([1, 2, 3, 4, 5].map(async () => (await proxy.ask('GET', '/')).status));
    assert.deepEqual(statuses, [504, 504, 504, 504, 504]);
    assert.deepEqual(states, ['test/a.test open']);
  });

  test('errors that servers answer with, and clients that leave, are no errors of the network', async (t) => {
    const server = await startServer(t, answers('500 Internal Server Error'));
    const { states, options } = rig();
    const proxy = await startProxy(t, lane, guardedHost([server]), options);
    for (let n = 0; n < 6; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 500);
    server.script = () => {};
    for (let n = 0; n < 20; n += 1) {
      const client = await proxy.connect();
      client.request('GET', '/');
      const exchange = await server.exchange(6 + n);
      client.socket.destroy();
      await exchange.connection.whenClosed();
    }
    assert.deepEqual(states, []);
  });

  test('it recovers: after ten seconds ever more requests pass, after twenty all', async (t) => {
    const server = await startServer(t, breaksOff);
    const { states, time, options } = rig();
    const proxy = await startProxy(t, lane, guardedHost([server]), options);
    for (let n = 0; n < 5; n += 1) await proxy.ask('GET', '/');
    server.script = answers('200 OK');
    time.now += 9_999;
    assert.ok(isOpenAnswer(await proxy.ask('GET', '/')));
    time.now += 5_001;
    const client = await proxy.connect();
    let passed = 0;
    for (let n = 0; n < 10; n += 1) {
      if ((await client.request('GET', '/').response()).status === 200) passed += 1;
    }
    assert.equal(passed, 5, 'half of them, half the time through');
    time.now += 5_000;
    for (let n = 0; n < 5; n += 1) assert.equal((await proxy.ask('GET', '/')).status, 200);
    assert.deepEqual(
      states.map((state) => state.replace('test/a.test ', '')),
      ['open', 'recovering', 'closed'],
    );
  });

  test('its state outlives tables, while the label is the same', async (t) => {
    const server = await startServer(t, breaksOff);
    const { options } = rig();
    const proxy = await startProxy(t, lane, guardedHost([server]), options);
    for (let n = 0; n < 5; n += 1) await proxy.ask('GET', '/');
    proxy.install(guardedHost([server, await startServer(t)]));
    assert.ok(isOpenAnswer(await proxy.ask('GET', '/')));
    proxy.install(guardedHost([server], { ...BREAKER, expression: 'NetworkErrorRatio() > 0.50' }));
    assert.ok(!isOpenAnswer(await proxy.ask('GET', '/')));
  });

  test('latency is the time until the head of a response', async (t) => {
    const { states, time, options } = rig();
    const server = await startServer(t, async (exchange) => {
      await exchange.received();
      time.now += 200;
      await exchange.answer();
    });
    const metric = { kind: 'latency-at-quantile', quantile: 50 } as const;
    const slower = (value: number): CircuitBreaker => ({
      expression: `LatencyAtQuantileMS(50.0) > ${value}`,
      condition: { kind: 'compare', metric, operator: '>', value },
    });
    const proxy = await startProxy(t, lane, guardedHost([server], slower(220)), options);
    for (let n = 0; n < 6; n += 1) await proxy.ask('GET', '/');
    assert.deepEqual(states, []);
    proxy.install(guardedHost([server], slower(180)));
    for (let n = 0; n < 6; n += 1) await proxy.ask('GET', '/');
    assert.deepEqual(states, ['test/a.test open']);
  });
});
