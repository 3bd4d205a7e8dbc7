import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { startAdmin, type Admin } from './admin/server.ts';
import type { Config } from './config.ts';
import { announceInstall, announceRefresh } from './control/announce.ts';
import type { RefreshEvent } from './control/events.ts';
import { State } from './control/state.ts';
import { listenOn } from './listen.ts';
import type { FromProxy, ToProxy } from './proxy/messages.ts';
import type { Log } from './telemetry/log.ts';
import { startThread } from './thread.ts';

/** How long the refresher rests after a crash before it is started anew. */
const REFRESHER_RESTART_MS = 5_000;
/**
 * The young generation of the proxy thread's heap. A collection copies what survives in it, and of a new table everything
 * does: with V8's default a table of 10,000 services gave pauses of 15 to 30 ms, with this of about 6 ms. Half of it
 * seemed to cost CPU for each request.
 */
const PROXY_YOUNG_GENERATION_MB = 12;
/** How much longer than the grace period the proxy thread may take to say that it has stopped. */
const STOP_SLACK_MS = 1_000;

/** A running daemon. */
export interface Daemon {
  readonly admin: { readonly address: string; readonly port: number };
  /** Resolves when the first table is installed and the entrypoint listens. */
  readonly ready: Promise<{ readonly address: string; readonly port: number }>;
  /** Rejects when the daemon cannot go on; it has been logged. Never resolves. */
  readonly failed: Promise<never>;
  /** Stops gracefully: announces it, waits `LB_STOP_DELAY`, closes the listener, lets requests finish. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon. The admin server opens at once, the entrypoint with the first table.
 *
 * @throws ListenError where a port cannot be opened
 */
export async function startDaemon(config: Config, log: Log): Promise<Daemon> {
  await provePortFree(config);
  const state = new State({
    metadataUrl: config.metadata.url,
    refreshIntervalMs: config.metadata.refreshIntervalMs,
    entrypoint: { address: config.proxy.bind ?? '::', port: config.proxy.port },
  });
  const admin = await startAdmin({
    ...config.admin,
    status: () => state.status,
    onFault: (error) =>
      log.error({ event: 'admin-fault', err: error }, 'the admin server could not answer a request'),
  });
  log.info({ event: 'admin-listening', port: admin.port }, `admin server listens on port ${admin.port}`);
  const running = new Running(config, log, state, admin);
  return running;
}

/** The entrypoint opens later, but a taken port is to be told now. */
async function provePortFree({ proxy }: Config): Promise<void> {
  if (proxy.port === 0) return;
  const server = createServer();
  await listenOn(server, proxy.port, proxy.bind, 'LB_HTTP_PORT');
  await new Promise((resolve) => server.close(resolve));
}

/** The threads of a daemon, and what main does about their events. */
class Running implements Daemon {
  readonly admin: Admin;
  readonly ready: Promise<{ readonly address: string; readonly port: number }>;
  readonly failed: Promise<never>;
  readonly #config: Config;
  readonly #log: Log;
  readonly #state: State;
  readonly #proxy: Worker;
  readonly #proxyExited: Promise<void>;
  #refresher: Worker;
  #listening: { readonly address: string; readonly port: number } | null = null;
  #resolveReady: (at: { readonly address: string; readonly port: number }) => void = () => {};
  #rejectFailed: (error: Error) => void = () => {};
  #stopped: Promise<void> | null = null;

  constructor(config: Config, log: Log, state: State, admin: Admin) {
    this.#config = config;
    this.#log = log;
    this.#state = state;
    this.admin = admin;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#rejectFailed = reject;
    });
    // Whoever awaits it hears of it; nobody has to.
    this.failed.catch(() => {});
    this.#proxy = this.#startProxy();
    this.#proxyExited = new Promise((resolve) => this.#proxy.once('exit', () => resolve()));
    this.#refresher = this.#startRefresher();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #startProxy(): Worker {
    const worker = startThread(
      'proxy/thread',
      { settings: this.#config.proxy },
      { maxYoungGenerationSizeMb: PROXY_YOUNG_GENERATION_MB },
    );
    worker.on('message', (message: FromProxy) => this.#hearProxy(message));
    worker.on('error', (error: Error) => this.#fail(error, 'the proxy thread crashed'));
    return worker;
  }

  #startRefresher(): Worker {
    const { metadata, derive } = this.#config;
    const worker = startThread('control/refresherThread', { metadata, derive });
    worker.on('message', (event: RefreshEvent) => this.#hearRefresher(event));
    worker.on('error', (error) => {
      this.#log.error(
        { event: 'refresher-crashed', err: error },
        'the refresher thread crashed; what is installed stays, and it is started anew',
      );
      setTimeout(() => {
        if (this.#stopped === null) this.#refresher = this.#startRefresher();
      }, REFRESHER_RESTART_MS).unref();
    });
    return worker;
  }

  #hearRefresher(event: RefreshEvent): void {
    const { failuresBefore } = this.#state.note(event);
    announceRefresh(this.#log, event, failuresBefore, this.#state.status.install !== null);
    const tableBytes = event.kind === 'refreshed' ? (event.publication?.tableBytes ?? null) : null;
    if (tableBytes !== null) this.#tellProxy({ kind: 'install', tableBytes });
  }

  #hearProxy(message: FromProxy): void {
    switch (message.kind) {
      case 'installed': {
        const publication = this.#state.installed(message.tableId);
        if (publication !== null) announceInstall(this.#log, publication, message.decodeMs);
        if (this.#listening !== null) this.#resolveReady(this.#listening);
        break;
      }
      case 'listening':
        this.#listening = message;
        this.#state.listening(message.address, message.port);
        this.#log.info(
          { event: 'listening', port: message.port },
          `HTTP entrypoint listens on port ${message.port}`,
        );
        break;
      case 'listenFailed':
        this.#fail(new Error(message.message), 'the HTTP entrypoint cannot listen');
        break;
      case 'untrustedForwarder':
        this.#log.warn(
          { event: 'untrusted-forwarder', peer: message.peer },
          `X-Forwarded-* fields from ${message.peer} are dropped, since it is not in LB_TRUSTED_PROXIES; if it is your balancer, name it there`,
        );
        break;
      case 'stopped':
        break;
    }
  }

  #fail(error: Error, what: string): void {
    this.#log.fatal({ event: 'failed', err: error }, `${what}: ${error.message}`);
    this.#rejectFailed(error);
  }

  #tellProxy(message: ToProxy): void {
    this.#proxy.postMessage(message);
  }

  async #stop(): Promise<void> {
    const { delayMs, graceMs } = this.#config.stop;
    this.#state.stopping();
    this.#log.info({ event: 'stopping', delayMs, graceMs }, 'stopping: answers carry Connection: close now');
    this.#tellProxy({ kind: 'announceStop' });
    // Where the proxy thread has crashed there is nobody to wait for.
    await Promise.race([pause(delayMs, undefined, { ref: false }), this.#proxyExited]);
    await this.#refresher.terminate();
    const cutOff = await this.#stopProxy(graceMs);
    await this.admin.stop();
    this.#log.info(
      { event: 'stopped', cutOff },
      cutOff === 0 ? 'stopped' : `stopped; ${cutOff} connections were cut off after the grace period`,
    );
  }

  async #stopProxy(graceMs: number): Promise<number> {
    let cutOff = 0;
    this.#proxy.on('message', (message: FromProxy) => {
      if (message.kind === 'stopped') cutOff = message.cutOff;
    });
    this.#tellProxy({ kind: 'stop', graceMs });
    const timer = setTimeout(() => void this.#proxy.terminate(), graceMs + STOP_SLACK_MS);
    await this.#proxyExited;
    clearTimeout(timer);
    return cutOff;
  }
}
