import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { cleanup, type Lifetime } from '../support/cleanup.ts';
import { answerOf, readTarget } from './echo.ts';
import { Seen } from './seen.ts';

/** Where in request and response a server fails, in their order. */
export const PHASES = [
  'before the head',
  'in the head',
  'after the head',
  'in the body',
  'before the response',
  'in the response head',
  'after the response head',
  'in the response body',
  'after the last byte',
  'on an idle connection',
] as const;

export type Phase = (typeof PHASES)[number];

/** What it does there: RST, FIN, or nothing any more, as one whose host has lost its network. */
export type Failing = 'reset' | 'fin' | 'silent';

/** What was written must have been read before a reset, which may destroy it on either side (RFC 9112 section 9.6). */
const READ_MS = 20;
/** How long a connection is idle until it fails. */
const IDLE_MS = 40;

export interface FaultyServer {
  readonly seen: Seen;
  /** How many times it has failed. */
  readonly faults: number;
  /** Connections that the other side has not closed. */
  readonly openConnections: number;
}

export interface Fate {
  readonly phase: Phase;
  readonly failing: Failing;
}

/** A server on bare sockets that answers as `answerOf` says but fails at one point of each exchange. */
export async function startFaultyServer(
  t: Lifetime,
  { name, address, port }: { readonly name: string; readonly address: string; readonly port: number },
  { phase, failing }: Fate,
): Promise<FaultyServer> {
  const seen = new Seen();
  const sockets = new Set<Socket>();
  let faults = 0;
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    converse(socket, { name, phase, failing, seen }, () => {
      faults += 1;
      if (failing === 'reset') socket.resetAndDestroy();
      else if (failing === 'fin') socket.destroySoon();
      else socket.pause();
    });
  });
  listener.listen(port, address);
  await once(listener, 'listening');
  cleanup(t, () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    seen,
    get faults() {
      return faults;
    },
    get openConnections() {
      return sockets.size;
    },
  };
}

interface Part extends Fate {
  readonly name: string;
  readonly seen: Seen;
}

/** Plays its part on one connection, until it fails. */
function converse(socket: Socket, { name, phase, failing, seen }: Part, fail: () => void): void {
  let received: Buffer = Buffer.alloc(0);
  let isOver = false;
  const end = (): false => {
    isOver = true;
    fail();
    return false;
  };
  if (phase === 'before the head') {
    end();
    return;
  }
  let isNoted = false;
  /** Whether there may be more to do. */
  const step = (): boolean => {
    if (isOver || received.length === 0) return false;
    if (phase === 'in the head') return end();
    const request = readRequest(received);
    if (request === null) return false;
    if (!isNoted) seen.note(readTarget(request.target).nonce, request.method);
    isNoted = true;
    if (phase === 'after the head') return end();
    if (phase === 'in the body' && request.rest === null && request.body.length > 0) return end();
    if (request.rest === null) return false;
    received = request.rest;
    isNoted = false;
    if (phase === 'before the response') return end();
    const answer = answerOf(name, request.method, request.target, request.body);
    respond(socket, { phase, failing }, answer, end);
    return true;
  };
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    while (step());
  });
}

function respond(socket: Socket, { phase, failing }: Fate, answer: Buffer, end: () => void): void {
  const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${answer.length}\r\n\r\n`);
  const whole = Buffer.concat([head, answer]);
  const lengths: Partial<Record<Phase, number>> = {
    'in the response head': 12,
    'after the response head': head.length,
    'in the response body': head.length + (answer.length >> 1),
  };
  const length = lengths[phase];
  const waitMs = phase === 'on an idle connection' ? IDLE_MS : failing === 'reset' ? READ_MS : 0;
  socket.write(whole.subarray(0, length ?? whole.length), () => {
    setTimeout(end, waitMs);
  });
}

interface ReadRequest {
  readonly method: string;
  readonly target: string;
  /** What has come of it. */
  readonly body: Buffer;
  /** What follows it; null: it is not complete. */
  readonly rest: Buffer | null;
}

/** Null: its head is not complete. */
function readRequest(bytes: Buffer): ReadRequest | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const [method = '', target = ''] = head.split(' ', 2);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const start = headEnd + 4;
  const isComplete = bytes.length >= start + length;
  return {
    method,
    target,
    body: bytes.subarray(start, start + length),
    rest: isComplete ? bytes.subarray(start + length) : null,
  };
}
