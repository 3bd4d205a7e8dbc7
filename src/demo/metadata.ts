import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Environment } from './environment.ts';
import { breaks } from './fault.ts';
import type { Fault } from './fault.ts';
import { sendBody, sendError } from './body.ts';
import { createLoad, textOf } from './load.ts';
import type { Load } from './load.ts';
import { toDocuments } from './records.ts';
import type { MetadataDocuments } from './records.ts';
import { METADATA_VERSIONS } from './versions.ts';
import type { MetadataVersion } from './versions.ts';

export interface MetadataServerOptions {
  /** Null, the default: it has no answers yet, and every path is 404, as when rancher-metadata has just started. */
  readonly environment?: Environment | MetadataDocuments | null;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** The end of a long poll's wait is noticed on a tick of this length; 5 s as the real one's by default. */
  readonly waitTickMs?: number;
}

export interface MetadataServer {
  /** The base without a version, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The path and query of every request, in order of arrival. */
  readonly requests: readonly string[];
  /** Loads another environment: a new version, and every long poll is answered. Returns the version. */
  set(environment: Environment | MetadataDocuments): string;
  /** Misbehaves from now on, for all requests or for those whose path and query match; null: behaves again. */
  fault(fault: Fault | null, requests?: RegExp): void;
  /** Resolves with the path and query of the next request that matches. */
  nextRequest(pattern: RegExp): Promise<string>;
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

/** What one answer needs to know. */
interface Question {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly json: boolean;
  readonly clientAddress: string;
}

/**
 * Starts a stand-in of rancher-metadata v0.10.4 on 127.0.0.1: all its versions, its Accept rule (JSON for exactly `application/json`, else
 * text, Content-Type `text/plain` either way), its errors, its long poll, and on demand the ways in which it may fail.
 */
export async function startMetadataServer(options: MetadataServerOptions = {}): Promise<MetadataServer> {
  const standIn = new StandIn(options.waitTickMs ?? 5000);
  if (options.environment) standIn.set(options.environment);
  const server = createServer((request, response) => standIn.answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: standIn.requests,
    set: (environment) => standIn.set(environment),
    fault: (fault, requests) => standIn.setFault(fault, requests),
    nextRequest: (pattern) => standIn.nextRequest(pattern),
    close: () =>
      new Promise((resolve) => {
        standIn.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class StandIn {
  readonly requests: string[] = [];
  #load: Load | null = null;
  #fault: { readonly fault: Fault; readonly requests: RegExp | undefined } | null = null;
  readonly #waitTickMs: number;
  /** Answers long polls. */
  readonly #waiters = new Set<() => void>();
  readonly #listeners = new Set<(request: string) => void>();

  constructor(waitTickMs: number) {
    this.#waitTickMs = waitTickMs;
  }

  set(environment: Environment | MetadataDocuments): string {
    this.#load = createLoad('services' in environment ? environment : toDocuments(environment));
    this.close();
    return this.#load.version;
  }

  /** Ends every long poll. */
  close(): void {
    for (const wake of this.#waiters) wake();
  }

  setFault(fault: Fault | null, requests: RegExp | undefined): void {
    this.#fault = fault === null ? null : { fault, requests };
  }

  nextRequest(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const listener = (request: string) => {
        if (!pattern.test(request)) return;
        this.#listeners.delete(listener);
        resolve(request);
      };
      this.#listeners.add(listener);
    });
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '/';
    this.requests.push(target);
    for (const listener of this.#listeners) listener(target);
    const url = new URL(target, 'http://metadata');
    const path = url.pathname.split('/').filter((part) => part !== '');
    const fault = this.#faultFor(target);
    if (fault !== null && breaks(fault, response)) return;
    if (request.method !== 'GET' && request.method !== 'HEAD') return notFound(response);
    if (target.includes('//')) {
      response.writeHead(301, { Location: `/${path.join('/')}${url.search}` }).end();
      return;
    }
    void this.#answerPath(
      {
        path,
        query: url.searchParams,
        json: request.headers.accept === 'application/json',
        clientAddress: request.socket.remoteAddress ?? '',
      },
      response,
      fault,
    );
  }

  async #answerPath(question: Question, response: ServerResponse, fault: Fault | null): Promise<void> {
    const [tag, ...path] = question.path;
    if (tag === undefined) return send(response, question, rootOf(), fault);
    const api = apiOf(tag);
    if (api === null) return notFound(response, 'Invalid version');
    if (this.#load === null) return notFound(response);
    if (path[0] === 'version') {
      if (path.length > 1) return notFound(response);
      await this.#wait(question.query, fault);
      const version = fault?.kind === 'flapping' ? randomUUID() : this.#load.version;
      return send(response, question, version, fault);
    }
    const found = this.#load.find(api, path, question.clientAddress);
    if (found.kind === 'missing') return notFound(response);
    if (found.kind === 'broken') return void response.destroy();
    const value = fault?.kind === 'empty' && Array.isArray(found.value) ? [] : found.value;
    const body = value === found.value && question.json ? this.#load.json(api, path, value) : undefined;
    send(response, question, value, fault, body);
  }

  /** Until the version differs from the one that the client has, or its time is up. */
  async #wait(query: URLSearchParams, fault: Fault | null): Promise<void> {
    const known = query.get('value');
    if (query.get('wait') !== 'true' || known === null || fault?.kind === 'ignoreWait') return;
    if (known !== this.#load?.version || fault?.kind === 'flapping') return;
    const asked = Number(query.get('maxWait'));
    const seconds = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 120) : 60;
    const ticks = Math.ceil((seconds * 1000) / this.#waitTickMs);
    const lateMs = fault?.kind === 'late' ? fault.ms : 0;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ticks * this.#waitTickMs + lateMs);
      this.#waiters.add(wake);
    });
  }

  #faultFor(target: string): Fault | null {
    if (this.#fault === null) return null;
    const { fault, requests } = this.#fault;
    return requests === undefined || requests.test(target) ? fault : null;
  }
}

function send(
  response: ServerResponse,
  question: Question,
  value: unknown,
  fault: Fault | null,
  json?: Buffer,
): void {
  const body = question.json ? (json ?? Buffer.from(JSON.stringify(value))) : Buffer.from(textOf(value));
  if (fault?.kind !== 'slow' && fault?.kind !== 'truncated') return sendBody(response, body);
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  const half = Math.floor(body.length / 2);
  response.write(body.subarray(0, half), () => {
    if (fault.kind === 'truncated') response.destroy();
    else setTimeout(() => response.end(body.subarray(half)), fault.ms);
  });
}

function notFound(response: ServerResponse, message = 'Not found'): void {
  sendError(response, 404, message);
}

function apiOf(tag: string): MetadataVersion | null {
  if (tag === 'latest') return '2016-07-29';
  return METADATA_VERSIONS.find((version) => version === tag) ?? null;
}

function rootOf(): Readonly<Record<string, string>> {
  return Object.fromEntries([...METADATA_VERSIONS, 'latest'].map((tag) => [tag, `/${tag}`]));
}
