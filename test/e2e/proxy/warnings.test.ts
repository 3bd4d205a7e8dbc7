import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import assert from 'node:assert/strict';

/** Forwards one request, then warns of something else that is deprecated. */
const PROGRAM = `
  import { createServer } from 'node:http';
  import { startEntrypoint } from './src/proxy/entrypoint.ts';
  const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const timeouts = { connectMs: 1e3, responseMs: 1e3, idleMs: 1e3, serverIdleMs: 1e3, streamMs: 1e3, headerMs: 1e3 };
  const entrypoint = await startEntrypoint({
    bind: '127.0.0.1', port: 0, trustedProxies: [], upgrades: ['websocket'], insecureSkipVerify: false, timeouts,
    limits: { headerBytes: 16384, bodyBytes: 0, connections: 100, serverRequests: 0, queue: 0 }, retryAttempts: 2, fastLane: false, accessLog: 'off',
  });
  entrypoint.install({
    id: 'x',
    routes: [{ host: '127.0.0.1', hostKind: 'exact', conditions: [], rewrite: null, path: '/', pathKind: 'prefix', priority: null, service: 'a/b', segment: null, backend: 'a/b', passHostHeader: true, attempts: null, refusal: null }],
    backends: [{ id: 'a/b', servers: [{ id: 's', url: 'http://127.0.0.1:' + server.address().port, weight: 1, hostname: null, isPreferred: true }], method: 'wrr', stickiness: null, circuitBreaker: null, healthCheck: null }],
  });
  const response = await fetch('http://127.0.0.1:' + entrypoint.port + '/');
  console.log(await response.text());
  process.emitWarning('of something else', 'DeprecationWarning', 'DEP9999');
  setImmediate(() => process.exit(0));
`;

test('users see no deprecation warning of http-proxy (DEP0060), but every other one', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: new URL('../../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exited;
  assert.equal(out, 'hello\n', errors);
  assert.doesNotMatch(errors, /DEP0060|_extend/);
  assert.match(errors, /DEP9999/);
});
