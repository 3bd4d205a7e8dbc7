import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenOn } from '../listen.ts';
import { Access, type AccessOptions } from './access.ts';
import type { Answer, EndlessAnswer } from './answers.ts';
import { errorAnswer } from './answers.ts';
import { bodyRefusal, readBody } from './body.ts';
import { clientOf } from './client.ts';
import { COMMANDS, type Command, type Commanded, type Commander } from './commands.ts';
import { Crowd } from './crowd.ts';
import { answerRequest, type Sources } from './endpoints.ts';
import { refuseOtherThanJson } from './jsonBody.ts';
import { Pipelines } from './pipelines.ts';
import { refuseForeign } from './sameOrigin.ts';
import { SECURITY_FIELDS } from './securityFields.ts';
import { parseTarget } from './target.ts';

export interface AdminOptions extends AccessOptions, Commanded, Sources {
  /** 0: any free one. */
  readonly port: number;
  /** Null: all addresses, IPv4 and IPv6 (IPv4 alone where IPv6 is off). */
  readonly bind: string | null;
  /** Told of a bug that made an answer 500, or 503 where logins could not be verified. */
  readonly onFault?: (fault: unknown) => void;
  /** Within which a client must send a request head. */
  readonly headerTimeoutMs?: number;
}

export interface Admin {
  readonly address: string;
  readonly port: number;
  /** Accepts no more, ends event streams, lets answers under way finish for up to a second, then closes what is left. */
  stop(): Promise<void>;
}

/** As many as a team of people and scripts needs; connections beyond them are closed, so that traffic keeps its sockets. */
const MAX_CONNECTIONS = 1000;
/** A client that reads nothing for so long is cut off. */
const SILENCE_MS = 30_000;
const STOP_GRACE_MS = 1000;

/**
 * Starts the admin server.
 *
 * @throws ListenError
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const access = new Access(options);
  const server = createAdminServer(options, access);
  const { address, port } = await listenOn(server, { ...options, setting: 'LB_ADMIN_PORT' });
  // An accept that fails (too many open files) concerns that connection alone; without a listener it would end the process.
  server.on('error', () => {});
  let stopped: Promise<unknown> | null = null;
  return {
    address,
    port,
    async stop() {
      options.events?.stop();
      await (stopped ??= Promise.all([stop(server), access.stop()]));
    },
  };
}

function createAdminServer(options: AdminOptions, access: Access): Server {
  const { headerTimeoutMs = 5000 } = options;
  const server = createServer({
    connectionsCheckingInterval: Math.min(1000, headerTimeoutMs),
    headersTimeout: headerTimeoutMs,
    requestTimeout: 2 * headerTimeoutMs,
    keepAliveTimeout: 5000,
    maxHeaderSize: 16_384,
    // `Access` says what is wrong; Node would say nothing.
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SILENCE_MS);
  const crowd = new Crowd();
  server.on('connection', (socket: Socket) => crowd.enter(socket));
  const pipelines = new Pipelines();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    pipelines.add(request, response, () => {
      void answerSafely(request, options, access).then((answer) => {
        if (answer !== null) send(request, response, answer);
      });
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuse(error, socket, options.events?.isOn(socket) === true);
  });
  return server;
}

/** Null: the client went away. */
async function answerSafely(
  request: IncomingMessage,
  options: AdminOptions,
  access: Access,
): Promise<Answer | EndlessAnswer | null> {
  try {
    return await answer(request, options, access);
  } catch (fault) {
    options.onFault?.(fault);
    return errorAnswer(
      500,
      'internal',
      'this answer could not be made because of a bug in active-lb; its log has the details',
    );
  }
}

async function answer(
  request: IncomingMessage,
  options: AdminOptions,
  access: Access,
): Promise<Answer | EndlessAnswer | null> {
  const { method = '', url = '', socket } = request;
  const target = parseTarget(url);
  const entry = await access.admit(request, target);
  if ('refusal' in entry) return entry.refusal;
  const command = method === 'POST' ? COMMANDS.get(target.path) : undefined;
  return command === undefined
    ? answerRequest(method, target, options)
    : obey(request, command, options, { user: entry.user, client: clientOf(socket.remoteAddress ?? '') });
}

async function obey(
  request: IncomingMessage,
  command: Command,
  options: AdminOptions,
  by: Commander,
): Promise<Answer | null> {
  const foreign = refuseForeign(request.headers);
  if (foreign !== null) return foreign;
  const other = command.takesJson ? refuseOtherThanJson(request.headers) : null;
  if (other !== null) return other;
  const read = await readBody(request, command.maxBodyBytes);
  if (read === null || 'refusal' in read) return read?.refusal ?? null;
  const fromPage = /\btext\/html\b/i.test(request.headers.accept ?? '');
  return command.obey(options, { by, body: read.body, fromPage });
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer | EndlessAnswer): void {
  if ('begin' in answer) {
    begin(request, response, answer);
    return;
  }
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    ...SECURITY_FIELDS,
    ...answer.fields,
    // What of a request's body was not read is not read any more: the connection ends with the answer instead.
    ...(mayHaveMore(request) ? { Connection: 'close' } : {}),
  });
  response.end(answer.body);
}

/** Its end is that of the connection, so that nothing ever comes behind it. */
function begin(request: IncomingMessage, response: ServerResponse, answer: EndlessAnswer): void {
  const refusal = mayHaveMore(request) ? bodyRefusal(0) : answer.refusal();
  if (refusal !== null) {
    send(request, response, refusal);
    return;
  }
  response.writeHead(200, {
    'Content-Type': answer.contentType,
    ...SECURITY_FIELDS,
    ...answer.fields,
    Connection: 'close',
  });
  if (request.method === 'HEAD') response.end();
  else answer.begin(response);
}

/** Whether more of the request's body may come. */
function mayHaveMore({ complete, headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = headers;
  return !complete && (Number(length) > 0 || coding !== undefined);
}

/** Answers what is not HTTP, too large or too slow. All other answers are written whole but endless ones, so this one never lands inside one. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, isWithinAnswer: boolean): void {
  if (!socket.writable || error.code === 'ECONNRESET' || isWithinAnswer) {
    socket.destroy();
    return;
  }
  const { status, body } = refusal(error.code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(SECURITY_FIELDS).map(([name, value]) => `${name}: ${value}`),
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
