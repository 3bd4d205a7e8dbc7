import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import type { Table } from '../../../src/model/table.ts';
import type { FromProxy } from '../../../src/proxy/messages.ts';
import { startThread } from '../../../src/thread.ts';
import { cleanup } from '../../support/cleanup.ts';
import { ADDRESSES, HOST, startContainers, webTest } from '../../support/containers.ts';
import { realServer, startTestDaemon, testConfig } from '../../support/daemon.ts';
import { table } from '../../support/proxy.ts';
import { aloneWith, tellTable } from '../../support/proxyThread.ts';
import { RawClient } from '../../support/rawClient.ts';
import { startServer } from '../../support/recordingServer.ts';
import { startStandIn } from '../../support/standIn.ts';

/** Clients that ask one request after the other, each on its own connection, until told to end. */
function load(t: TestContext, port: number, host: string, clients: number) {
  const over = new AbortController();
  const bodies: { readonly body: string; readonly askedAt: number }[] = [];
  const client = async (): Promise<void> => {
    let connection = await RawClient.connect(t, port);
    for (let i = 0; !over.signal.aborted; i++) {
      if (i % 20 === 19) {
        connection.socket.destroy();
        connection = await RawClient.connect(t, port);
      }
      const askedAt = performance.now();
      const { status, message } = await connection.request('GET', '/', [['Host', host]]).response();
      assert.equal(status, 200, message.bodyText);
      bodies.push({ body: message.bodyText, askedAt });
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  // Its failure is told by `end`.
  done.catch(() => {});
  return {
    bodies,
    /** Resolves after so many more answers. */
    async more(count: number): Promise<void> {
      const wanted = bodies.length + count;
      while (bodies.length < wanted) await Promise.race([done, new Promise(setImmediate)]);
    },
    async end(): Promise<void> {
      over.abort();
      await done;
    },
  };
}

suite('under load', { concurrency: 1 }, () => {
  test('no request is lost by reloads of the metadata, and a removed container gets none', async (t) => {
    const port = await startContainers(t, ADDRESSES);
    const metadata = await startStandIn(t, webTest(port, ['web-1', 'web-2']));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    await lb.logged('installed');
    const clients = load(t, await lb.port(), HOST, 4);
    // Fifty reloads, of which the daemon reads as many as it may, then one that is the last.
    for (let i = 0; i < 50; i++) {
      metadata.set(webTest(port, i % 2 === 0 ? ['web-3', 'web-4'] : ['web-2', 'web-5']));
      await clients.more(20);
    }
    metadata.set(webTest(port, ['web-1', 'web-3']));
    await lb.until(
      '/api/routes',
      (body) => /"web-1".*"web-3"/.test(JSON.stringify(body)) && !/"web-[245]"/.test(JSON.stringify(body)),
    );
    const installedAt = performance.now();
    await clients.more(200);
    await clients.end();
    const late = clients.bodies.filter(({ askedAt }) => askedAt > installedAt);
    const names = new Set(late.map(({ body }) => realServer(body)));
    assert.deepEqual(names, new Set(['web-1', 'web-3']));
  });

  test('fifty tables, one straight after the other, lose no request and leave only their own servers', async (t) => {
    const servers = await Promise.all(
      ['a', 'b', 'c'].map((name) => startServer(t, (exchange) => exchange.answer(name))),
    );
    const thread = startProxyThread(t);
    const hosts = (index: number) =>
      table({ 'a.test': { servers: servers.filter((_server, k) => k !== index % 3) } });
    const { port } = await thread.install(hosts(0));
    const clients = load(t, port, 'a.test', 4);
    for (let index = 1; index <= 50; index++) {
      await thread.install(hosts(index));
      const gone = servers[index % 3]!;
      // Each client may have had one request on its way when the table was installed.
      await clients.more(8);
      const settled = gone.exchanges.length;
      await clients.more(8);
      assert.equal(gone.exchanges.length, settled, `a removed server is asked under table ${index}`);
    }
    await clients.end();
  });
});

/** A proxy thread alone, as main runs it. */
function startProxyThread(t: TestContext) {
  const worker: Worker = startThread('proxy/thread', aloneWith(testConfig({}).proxy));
  cleanup(t, () => worker.terminate());
  let port = 0;
  worker.on('message', (message: FromProxy) => {
    if (message.kind === 'listening') port = message.port;
  });
  return {
    async install(next: Table): Promise<{ readonly port: number }> {
      tellTable(worker, next);
      for (;;) {
        const [told] = (await once(worker, 'message')) as [FromProxy];
        if (told.kind === 'installed' && told.tableId === next.id) return { port };
      }
    },
  };
}

suite('what is under way survives a swap that removes its server', { concurrency: 2 }, () => {
  test('a response in the middle of its body', async (t) => {
    const held: ServerResponse[] = [];
    const port = await startContainers(t, ADDRESSES, (name, _request, response) => {
      if (name !== 'web-1') {
        response.end(name);
        return;
      }
      response.write('first half, ');
      held.push(response);
    });
    const metadata = await startStandIn(t, webTest(port, ['web-1']));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    const client = await lb.connect();
    client.request('GET', '/', [['Host', HOST]]);
    const { message } = await client.responseHead();
    await client.until('first half', () => message.bodyText === 'first half, ');
    metadata.set(webTest(port, ['web-2']));
    await lb.logged('installed', 1);
    assert.equal((await lb.ask(HOST)).message.bodyText, 'web-2');
    held[0]!.end('second half');
    await client.until('the whole body', () => message.complete);
    assert.equal(message.bodyText, 'first half, second half');
  });

  test('a WebSocket', async (t) => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    cleanup(t, () => sockets.close());
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`));
    });
    const { port } = sockets.address() as { port: number };
    const metadata = await startStandIn(t, webTest(port, ['here']));
    const lb = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    const socket = new WebSocket(`ws://127.0.0.1:${await lb.port()}/`, { headers: { Host: HOST } });
    cleanup(t, () => socket.terminate());
    await once(socket, 'open');
    const ask = async (text: string): Promise<string> => {
      const answer = once(socket, 'message');
      socket.send(text);
      return String((await answer)[0]);
    };
    assert.equal(await ask('before'), 'echo before');
    metadata.set(webTest(port, []));
    await lb.logged('installed', 1);
    assert.equal((await lb.ask(HOST)).status, 503);
    assert.equal(await ask('after'), 'echo after');
  });
});
