/**
 * A light load on `http://127.0.0.1:argv[2]` for the host `argv[3]`: one request every `argv[5]` ms on each of `argv[4]`
 * kept-alive connections, their turns spread evenly, so that no moment passes without one about to be sent. A line on its
 * standard input makes it tell all latencies.
 */
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';

const [port, host, connections, everyMs] = [
  Number(process.argv[2]),
  String(process.argv[3]),
  Number(process.argv[4]),
  Number(process.argv[5]),
];
/** When each was sent (milliseconds since the epoch) and how long it took (milliseconds), alternating. */
const samples: number[] = [];
let failures = 0;

for (let i = 0; i < connections; i++) setTimeout(() => void keepAsking(), (i * everyMs) / connections);
process.stdout.write(`${JSON.stringify({ kind: 'ready' })}\n`);
createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`${JSON.stringify({ kind: 'latencies', samples, failures })}\n`))
  .on('close', () => process.exit());

async function keepAsking(): Promise<never> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const startedAt = performance.now();
    if (!(await ask(agent))) failures++;
    const took = performance.now() - startedAt;
    samples.push(performance.timeOrigin + startedAt, took);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, everyMs - took)));
  }
}

function ask(agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent, headers: { Host: host } }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    }).once('error', () => resolve(false));
  });
}
