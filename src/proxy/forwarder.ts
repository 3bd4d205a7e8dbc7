import './legacyExtend.ts';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import httpProxy from 'http-proxy';
import type { OutgoingRequest } from './outgoing.ts';

/** Bytes that a server's response head may have. */
const MAX_RESPONSE_HEAD = 65_536;

const proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true, prependPath: false });

/**
 * Has http-proxy make the request to the server. `opened` gets the request before anything is sent, to attach the body
 * and listen for the response; `failed` gets every error of its connection.
 *
 * http-proxy sees the client's request only through a stand-in, because what it would do with the real one is wrong: it
 * merges and re-spells fields, rewrites the framing of DELETE and OPTIONS (CVE-2026-29057), collapses `//` in the target.
 */
export function forward(
  outgoing: OutgoingRequest,
  clientSocket: Socket,
  response: ServerResponse,
  opened: (request: ClientRequest) => void,
  failed: (error: Error) => void,
): void {
  const { hostname, port, pool } = outgoing.to;
  const standIn = {
    method: outgoing.method,
    url: '/',
    headers: {},
    socket: clientSocket,
    connection: clientSocket,
    on,
  };
  proxy.web(
    // What `web` reads of a request is the five properties above.
    standIn as unknown as IncomingMessage,
    response,
    {
      // Also for https: the pool makes the connections.
      target: { protocol: 'http:', host: hostname, hostname, port },
      agent: pool,
      // `buffer` is what http-proxy pipes into the request that it made: our seam for the body.
      buffer: { pipe: opened } as never,
      // `ssl` is the object that http-proxy builds the options of `http.request` in.
      ssl: sealed({ path: outgoing.target, headers: outgoing.fields, maxHeaderSize: MAX_RESPONSE_HEAD }),
    },
    failed,
  );
}

function on(): void {
  // The exchange itself watches the client.
}

/** An object whose properties stay as they are, whoever assigns to them. */
function sealed(values: Readonly<Record<string, unknown>>): object {
  const object = {};
  for (const name of Object.keys(values)) {
    Object.defineProperty(object, name, { enumerable: true, get: () => values[name], set: on });
  }
  return object;
}
