import { createHash } from 'node:crypto';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Status } from '../control/status.ts';
import { listenOn } from '../listen.ts';
import type { Answer } from './answers.ts';
import { errorAnswer } from './answers.ts';
import { answerRequest, type Scraper } from './endpoints.ts';
import { STYLE } from './style.ts';

export interface AdminOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Null: all addresses, IPv4 and IPv6 (IPv4 alone where IPv6 is off). */
  readonly bind: string | null;
  /** Called anew for every request that needs it. */
  readonly status: () => Status;
  /** What `/metrics` answers; absent: nothing. */
  readonly metrics?: Scraper;
  /** Told of a bug that made an answer 500. */
  readonly onFault?: (fault: unknown) => void;
  /** Within which a client must send a request head. */
  readonly headerTimeoutMs?: number;
}

export interface Admin {
  readonly address: string;
  readonly port: number;
  /** Accepts no more, lets answers under way finish for up to a second, then closes what is left. */
  stop(): Promise<void>;
}

/** As many as a team of people and scripts needs; connections beyond them are closed, so that traffic keeps its sockets. */
const MAX_CONNECTIONS = 1000;
/** A client that reads nothing for so long is cut off. */
const SILENCE_MS = 30_000;
const STOP_GRACE_MS = 1000;

/** Sent with every answer. The page needs its own style and icon, and nothing from anywhere else. */
const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/**
 * Starts the admin server.
 *
 * @throws ListenError
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const server = createAdminServer(options);
  const { address, port } = await listenOn(server, options.port, options.bind, 'LB_ADMIN_PORT');
  // An accept that fails (too many open files) concerns that connection alone; without a listener it would end the process.
  server.on('error', () => {});
  let stopped: Promise<void> | null = null;
  return { address, port, stop: () => (stopped ??= stop(server)) };
}

function createAdminServer(options: AdminOptions): Server {
  const { headerTimeoutMs = 5000 } = options;
  const server = createServer({
    connectionsCheckingInterval: Math.min(1000, headerTimeoutMs),
    headersTimeout: headerTimeoutMs,
    requestTimeout: 2 * headerTimeoutMs,
    keepAliveTimeout: 5000,
    maxHeaderSize: 16_384,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SILENCE_MS);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answerSafely(request, options).then((answer) => send(request, response, answer));
  });
  server.on('clientError', refuse);
  return server;
}

async function answerSafely(
  { method = '', url = '' }: IncomingMessage,
  { status, metrics, onFault }: AdminOptions,
): Promise<Answer> {
  try {
    return await answerRequest(method, url, status, Date.now(), metrics ?? null);
  } catch (fault) {
    onFault?.(fault);
    return errorAnswer(
      500,
      'internal',
      'this answer could not be made because of a bug in active-lb; its log has the details',
    );
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  // Nobody reads a request's body here: the connection ends with the answer instead.
  const hasBody = 'content-length' in request.headers || 'transfer-encoding' in request.headers;
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    ...SECURITY_FIELDS,
    ...answer.fields,
    ...(hasBody ? { Connection: 'close' } : {}),
  });
  response.end(answer.body);
}

/** Answers what is not HTTP, too large or too slow. All other answers are written whole, so this one never lands inside one. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, body } = refusal(error.code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body.toString()}`, () => socket.destroy());
}

function refusal(code: string | undefined): Answer {
  switch (code ?? '') {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errorAnswer(408, 'request-timeout', 'the request did not arrive in time');
    case 'HPE_HEADER_OVERFLOW':
      return errorAnswer(431, 'head-too-large', 'the request head is larger than 16384 bytes');
    default:
      return errorAnswer(400, 'bad-request', 'this is not a well-formed HTTP/1 request');
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
