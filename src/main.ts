import { setTimeout as pause } from 'node:timers/promises';
import { announceFailedLogin, announceRelease } from './admin/announceLogin.ts';
import { startAdmin, type Admin } from './admin/server.ts';
import type { Config } from './config.ts';
import { announceInstall } from './control/announce.ts';
import { announceBreaker, announceHealth, announceUntrustedServer } from './control/announceConditions.ts';
import { announceFileLimit, announceOverload } from './control/announceConnections.ts';
import { conditionsOf, NO_CONDITIONS } from './control/conditions.ts';
import { EjectionNews } from './control/announceEjections.ts';
import type { Publication } from './control/events.ts';
import { controlFacts } from './controlFacts.ts';
import { State } from './control/state.ts';
import { checksOf, type Check } from './health/check.ts';
import type { FromHealth, HealthThreadData, ToHealth } from './health/messages.ts';
import { provePortFree } from './listen.ts';
import type { FailingServer } from './model/condition.ts';
import type { Table } from './model/table.ts';
import { openFileLimit, openFilesFor } from './openFiles.ts';
import type { FromProxy } from './proxy/messages.ts';
import { ProxyThread } from './proxyThread.ts';
import type { AccessSink } from './telemetry/lineWriter.ts';
import { RefresherThread } from './refresherThread.ts';
import type { Log } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { LastingThread, startThread } from './thread.ts';

/** How long other threads may take to end when the proxy thread has: one that looks a name up cannot be interrupted. */
const STOP_SLACK_MS = 1_000;

/** A running daemon. */
export interface Daemon {
  readonly admin: { readonly address: string; readonly port: number };
  /** Resolves when the first table is installed and the entrypoint listens. */
  readonly ready: Promise<{ readonly address: string; readonly port: number }>;
  /** Rejects when the daemon cannot go on; it has been logged. Never resolves. */
  readonly failed: Promise<never>;
  /** Lets through what is held because it would remove most of the servers; false where nothing is. */
  release(): boolean;
  /** Stops gracefully: announces it, waits for `delayMs` (`LB_STOP_DELAY` by default), closes the listener, lets requests finish. */
  stop(options?: { readonly delayMs?: number }): Promise<void>;
}

/**
 * Starts the daemon. The admin server opens at once, the entrypoint with the first table. `accessSink` gets the lines of the access log.
 *
 * @throws ListenError where a port cannot be opened
 */
export async function startDaemon(config: Config, log: Log, accessSink: AccessSink): Promise<Daemon> {
  const { port, bind } = config.proxy;
  // The entrypoint opens later, but a taken port is to be told now.
  await provePortFree(port, bind, 'LB_HTTP_PORT');
  const { connections } = config.proxy.limits;
  announceFileLimit(log, connections, openFilesFor(connections), openFileLimit());
  const state = new State({
    metadataUrl: config.metadata.url,
    refreshIntervalMs: config.metadata.refreshIntervalMs,
    entrypoint: { address: bind ?? '::', port },
  });
  const metrics = new Metrics(() => ({ ...controlFacts(state.status), accessLines: accessSink.accessLines }));
  let daemon: Daemon | null = null;
  const admin = await startAdmin({
    ...config.admin,
    status: () => state.status,
    metrics: () => metrics.scrape(),
    release: () => (daemon?.release() === true ? 'released' : 'nothing-held'),
    onFault: (error) =>
      log.error({ event: 'admin-fault', err: error }, 'the admin server could not answer a request'),
    onFailedLogin: (failed) => announceFailedLogin(log, failed),
    onRelease: (by) => announceRelease(log, by),
  });
  log.info({ event: 'admin-listening', port: admin.port }, `admin server listens on port ${admin.port}`);
  return (daemon = new Running(config, log, accessSink, state, admin, metrics));
}

/** The threads of a daemon, and what main does about their events. */
class Running implements Daemon {
  readonly admin: Admin;
  readonly ready: Promise<{ readonly address: string; readonly port: number }>;
  readonly failed: Promise<never>;
  readonly #config: Config;
  readonly #log: Log;
  readonly #accessSink: AccessSink;
  readonly #state: State;
  readonly #ejectionNews: EjectionNews;
  readonly #metrics: Metrics;
  readonly #proxy: ProxyThread;
  readonly #refresher: RefresherThread;
  /** Null while no table has asked for a health check. */
  #health: LastingThread | null = null;
  #checks: readonly Check[] = [];
  /** As the health thread told it last. */
  #failing: readonly FailingServer[] = [];
  #listening: { readonly address: string; readonly port: number } | null = null;
  #resolveReady: (at: { readonly address: string; readonly port: number }) => void = () => {};
  #rejectFailed: (error: Error) => void = () => {};
  #stopped: Promise<void> | null = null;

  constructor(
    config: Config,
    log: Log,
    accessSink: AccessSink,
    state: State,
    admin: Admin,
    metrics: Metrics,
  ) {
    this.#config = config;
    this.#log = log;
    this.#accessSink = accessSink;
    this.#state = state;
    this.#ejectionNews = new EjectionNews(log);
    this.#metrics = metrics;
    this.admin = admin;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#rejectFailed = reject;
    });
    // Whoever awaits it hears of it; nobody has to.
    this.failed.catch(() => {});
    this.#proxy = new ProxyThread(
      config.proxy,
      (message) => this.#hearProxy(message),
      (error) => this.#fail(error, 'the proxy thread crashed'),
    );
    metrics.counts.connect((id) => this.#proxy.tell({ kind: 'collect', id }));
    this.#refresher = new RefresherThread({
      config,
      log,
      state,
      releaseUrl: `${adminUrl(config, admin)}/api/release`,
      published: (publication, tableBytes) => this.#install(publication, tableBytes),
      crashed: () => metrics.threadRestarts.inc({ thread: 'refresher' }),
    });
  }

  release(): boolean {
    return this.#refresher.release();
  }

  stop({ delayMs = this.#config.stop.delayMs }: { readonly delayMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(delayMs);
    return this.#stopped;
  }

  #startHealth(): LastingThread {
    const { insecureSkipVerify } = this.#config.proxy;
    return new LastingThread(
      () => {
        const data: HealthThreadData = { checks: this.#checks, failing: this.#failing, insecureSkipVerify };
        return startThread('health/thread', data).on('message', (message: FromHealth) =>
          this.#hearHealth(message),
        );
      },
      (error) => {
        this.#metrics.threadRestarts.inc({ thread: 'health' });
        this.#log.error(
          { event: 'health-crashed', err: error },
          'the health thread crashed; servers that failed stay out, and it is started anew',
        );
      },
    );
  }

  #install({ derivation }: Publication, tableBytes: SharedArrayBuffer): void {
    this.#proxy.tell({ kind: 'install', tableBytes });
    // What fails and is not checked any more must not stay out until the health thread has noticed.
    const { failing } = conditionsOf(derivation.table, {
      ...NO_CONDITIONS,
      failing: this.#failing,
    });
    this.#proxy.tell({ kind: 'health', failing: [...failing.values()] });
  }

  #hearHealth({ failing }: FromHealth): void {
    this.#failing = failing;
    this.#proxy.tell({ kind: 'health', failing });
    announceHealth(this.#log, this.#state.failing(failing));
  }

  /** Has the servers of a table checked, as far as it asks for that. */
  #check(table: Table): void {
    this.#checks = checksOf(table);
    if (this.#health !== null) this.#health.post({ checks: this.#checks } satisfies ToHealth);
    else if (this.#checks.length > 0) this.#health = this.#startHealth();
  }

  #hearProxy(message: FromProxy): void {
    switch (message.kind) {
      case 'installed': {
        const publication = this.#state.installed(message.tableId);
        if (publication !== null) {
          this.#metrics.tableSwaps.inc();
          announceInstall(this.#log, publication, message.decodeMs);
          this.#check(publication.derivation.table);
        }
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
      case 'breaker':
        this.#state.breaker(message.backend, message.state);
        announceBreaker(this.#log, message.backend, message.state);
        break;
      case 'ejected':
        this.#state.ejected(message.server);
        this.#ejectionNews.ejected(message.server);
        break;
      case 'readmitted':
        this.#state.readmitted(message.server);
        this.#ejectionNews.readmitted(message.server);
        break;
      case 'untrustedServer':
        announceUntrustedServer(this.#log, message);
        break;
      case 'accessLog':
        this.#accessSink.writeAccess(message);
        this.#proxy.tell({ kind: 'accessLogTaken', bytes: message.bytes.length });
        break;
      case 'overload':
        announceOverload(this.#log, message);
        break;
      case 'counts':
        this.#metrics.counts.heard(message.id, message.counts, message.isLast);
        break;
      case 'stopped':
        break;
    }
  }

  #fail(error: Error, what: string): void {
    this.#log.fatal({ event: 'failed', err: error }, `${what}: ${error.message}`);
    this.#rejectFailed(error);
  }

  async #stop(delayMs: number): Promise<void> {
    const { graceMs } = this.#config.stop;
    this.#state.stopping();
    this.#log.info({ event: 'stopping', delayMs, graceMs }, 'stopping: answers carry Connection: close now');
    let others: Promise<unknown> = Promise.resolve();
    const { cutOff } = await this.#proxy.stop(delayMs, graceMs, () => {
      others = Promise.all([this.#refresher.stop(), this.#health?.stop()]);
    });
    await Promise.race([others, pause(STOP_SLACK_MS, undefined, { ref: false })]);
    await this.admin.stop();
    this.#metrics.stop();
    this.#log.info(
      { event: 'stopped', cutOff },
      cutOff === 0 ? 'stopped' : `stopped; ${cutOff} connections were cut off after the grace period`,
    );
  }
}

/** Where the admin server is asked, as far as it can be known from inside. */
function adminUrl({ admin: { bind } }: Config, { port }: Admin): string {
  const host = bind === null || isUnspecified(bind) ? 'HOST' : bind.includes(':') ? `[${bind}]` : bind;
  return `http://${host}:${port}`;
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
