import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import { answerOf, targetOf, type Wish } from './echo.ts';

/** No promise allows an answer to take longer. */
const PATIENCE_MS = 20_000;

/** One request to one host, whose answer is known beforehand but for who gives it. */
export interface Question {
  readonly port: number;
  readonly host: string;
  /** Who may answer. */
  readonly servers: ReadonlySet<string>;
  readonly method: string;
  readonly wish: Wish;
  /** Null: none. */
  readonly body: Buffer | null;
  readonly framing: 'length' | 'chunked';
  /** Null: a connection of its own. */
  readonly agent: Agent | null;
}

/** `right`: by a server of that host, byte for byte. `own`: by the balancer. `broken`: no whole answer. `wrong`: another answer. */
export type Kind = 'right' | 'own' | 'broken' | 'wrong';

/** How a request ended. */
export interface Outcome {
  readonly kind: Kind;
  readonly method: string;
  readonly nonce: string;
  /** Whether it may be sent twice: idempotent and without a body. */
  readonly isSafe: boolean;
  /** 0 where no head of a response came. */
  readonly status: number;
  /** Who answered; empty where nobody did. */
  readonly server: string;
  /** Whether its connection had been used before. */
  readonly isReused: boolean;
  /** What is not right about it. */
  readonly detail: string;
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

let nonces = 0;

/** A word that no other request has. */
export function nextNonce(): string {
  nonces += 1;
  return `${process.pid}-${nonces}`;
}

/** Asks, and never rejects. */
export function ask(question: Question): Promise<Outcome> {
  const { method, body, wish } = question;
  const startedAt = performance.now();
  const isSafe = body === null && method !== 'POST' && method !== 'PATCH';
  return new Promise((resolve) => {
    let status = 0;
    let isReused = false;
    const end = (kind: Kind, detail = '', server = ''): void => {
      clearTimeout(timer);
      const endedAt = performance.now();
      const { nonce } = wish;
      resolve({ kind, method, nonce, isSafe, status, server, isReused, detail, startedAt, endedAt });
    };
    const request = httpRequest({
      host: '127.0.0.1',
      port: question.port,
      method,
      path: targetOf(wish),
      agent: question.agent ?? false,
      headers: { Host: question.host, ...framingFields(question) },
    });
    const timer = setTimeout(() => {
      end('broken', `no answer within ${PATIENCE_MS / 1000} s`);
      request.destroy();
    }, PATIENCE_MS);
    request.on('socket', () => (isReused = request.reusedSocket));
    request.on('error', (error: NodeJS.ErrnoException) => end('broken', error.code ?? error.message));
    request.on('response', (response) => {
      status = response.statusCode ?? 0;
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', (error: NodeJS.ErrnoException) => end('broken', error.code ?? error.message));
      response.on('end', () => {
        if (response.complete) judge(question, response, Buffer.concat(pieces), end);
        else end('broken', 'the response broke off');
      });
    });
    request.end(body ?? undefined);
  });
}

function framingFields({ body, framing }: Question): Readonly<Record<string, string>> {
  if (body === null) return {};
  return framing === 'chunked'
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': String(body.length) };
}

function judge(
  { method, wish, body, servers }: Question,
  response: IncomingMessage,
  got: Buffer,
  end: (kind: Kind, detail?: string, server?: string) => void,
): void {
  if (response.statusCode !== 200) {
    end('own', got.toString('latin1', 0, 200).trim());
    return;
  }
  const server = got.toString('latin1', 0, got.indexOf(10));
  const wanted = answerOf(server, method, targetOf(wish), body ?? Buffer.alloc(0));
  if (servers.has(server) && got.equals(wanted)) end('right', '', server);
  else end('wrong', `${method} ${targetOf(wish)} was answered ${got.toString('latin1', 0, 200)}`, server);
}
