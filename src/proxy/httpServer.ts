import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { MAX_FIELDS } from './request.ts';
import type { ProxySettings } from './settings.ts';
import { upgradeOf } from './upgrade.ts';

/** How often Node looks for requests whose head is late. */
const TIMEOUT_CHECK_MS = 500;

/** Node's HTTP server. Connections are handed to `connection` listeners unread; `serve` has it read one. */
export interface HttpServer {
  readonly server: Server;
  readonly serve: (socket: Socket) => void;
}

/** Makes a server that parses strictly and leaves to us what it would answer with fewer words. */
export function createHttpServer({ limits, timeouts, upgrades }: ProxySettings): HttpServer {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headerMs,
    requestTimeout: 0,
    keepAliveTimeout: timeouts.idleMs,
    keepAliveTimeoutBuffer: 0,
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, timeouts.headerMs),
    // Told by ourselves, with a text that says what is wrong.
    requireHostHeader: false,
    insecureHTTPParser: false,
    // Each lane sets it in its time: it is a system call.
    noDelay: false,
    shouldUpgradeCallback: (request) => upgradeOf(request, upgrades) !== null,
  });
  // One more than allowed, so that too many can be told from the allowed number.
  server.maxHeadersCount = MAX_FIELDS + 1;
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  // What `net.createServer` takes as an option, and `http.createServer` does not hand on.
  Object.assign(server, { pauseOnConnect: true });
  return {
    server,
    serve: (socket) => {
      for (const listener of listeners) listener.call(server, socket);
    },
  };
}
