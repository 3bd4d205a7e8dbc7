/**
 * What one writes first with http-proxy: `createProxyServer` and an agent that keeps connections, in one process. Forwards to
 * port `argv[2]` of 127.0.0.1, 127.0.0.2 and 127.0.0.3 in turn, and adds no fields.
 */
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';

const port = String(process.argv[2]);
const targets = [1, 2, 3].map((n) => `http://127.0.0.${n}:${port}`);
const proxy = httpProxy.createProxyServer({ agent: new Agent({ keepAlive: true }) });
proxy.on('error', (error) => process.stderr.write(`${error.message}\n`));

let turn = 0;
const server = createServer((request, response) => {
  proxy.web(request, response, { target: targets[turn++ % targets.length] ?? '' });
});
server.keepAliveTimeout = 180_000;
server.listen(0, '127.0.0.1', () => {
  const at = (server.address() as AddressInfo).port;
  process.stdout.write(`${JSON.stringify({ kind: 'ready', port: at })}\n`);
});
process.stdin.resume().on('end', () => process.exit());
