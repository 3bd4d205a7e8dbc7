import { once } from 'node:events';
import { connect } from 'node:net';
import { cleanup, type Lifetime } from './cleanup.ts';
import { Worker } from 'node:worker_threads';

/** More connections than the backlog of 1 can hold (Linux: two). */
const FILLERS = 8;

const LISTENER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    // Only a thread that stands still accepts nothing: libuv would empty the backlog at once.
    setImmediate(() => Atomics.wait(new Int32Array(workerData), 0, 0));
  });
`;

/** A port whose backlog is full: a connection to it is neither made nor refused, as with a host that drops packets. */
export async function startUnresponsiveServer(t: Lifetime): Promise<{ port: number }> {
  const lock = new SharedArrayBuffer(4);
  const worker = new Worker(LISTENER, { eval: true, workerData: lock });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: FILLERS }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  await Promise.all(fillers.slice(0, 2).map((filler) => once(filler, 'connect')));
  cleanup(t, async () => {
    for (const filler of fillers) filler.destroy();
    Atomics.store(new Int32Array(lock), 0, 1);
    Atomics.notify(new Int32Array(lock), 0);
    await worker.terminate();
  });
  return { port };
}
