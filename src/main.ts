import { setTimeout as pause } from 'node:timers/promises';
import { announceFailedLogin, announceRelease } from './admin/announceLogin.ts';
import { startAdmin, type Admin } from './admin/server.ts';
import type { Config } from './config.ts';
import { announceInstall } from './control/announce.ts';
import { announceCrash, announceRestart } from './control/announceThreads.ts';
import { announceHealth } from './control/announceConditions.ts';
import { announceFileLimit } from './control/announceConnections.ts';
import { announceStore } from './control/announceStore.ts';
import { conditionsOf, NO_CONDITIONS } from './control/conditions.ts';
import type { DryRunOutcome, Publication } from './control/events.ts';
import type { History } from './control/history.ts';
import { openHistory } from './control/historyFile.ts';
import { adminUrl } from './adminUrl.ts';
import { controlFacts } from './controlFacts.ts';
import { State } from './control/state.ts';
import { HealthThread } from './healthThread.ts';
import { provePortFree } from './listen.ts';
import { LiveFeed } from './liveFeed.ts';
import { openFileLimit, openFilesFor } from './openFiles.ts';
import { ProxyNews } from './proxyNews.ts';
import { ProxyThreads, type Heard } from './proxyThreads.ts';
import type { AccessSink } from './telemetry/lineWriter.ts';
import { RefresherThread } from './refresherThread.ts';
import type { Log } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { ProcessCounts } from './telemetry/processCounts.ts';
import { threadCount } from './threadCount.ts';
import type { ListeningAt, Swap } from './tableInstalls.ts';

/** How long other threads may take to end when the proxy thread has: one that looks a name up cannot be interrupted. */
const STOP_SLACK_MS = 1_000;

/** A running daemon. */
export interface Daemon {
  readonly admin: { readonly address: string; readonly port: number };
  /** Resolves when the first table is installed and the entrypoint listens. */
  readonly ready: Promise<ListeningAt>;
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
  const history = openHistory(config.stateDir, (event) => announceStore(log, event, 'history'));
  const threads = threadCount(config.workers, log);
  let daemon: Running | null = null;
  const counts = new ProcessCounts(threads, (thread, id) => daemon?.collect(thread, id));
  const facts = () => ({ ...controlFacts(state.status), accessLines: accessSink.accessLines });
  const metrics = new Metrics(facts, counts);
  const live = new LiveFeed({ status: () => state.status, counts: () => counts.get() });
  state.connect((occurrence) => live.hear(occurrence));
  history.listen((entry) => live.installed(entry));
  const admin = await startAdmin({
    ...config.admin,
    status: () => state.status,
    metrics: () => metrics.scrape(),
    history: () => history.entries,
    events: live.streams,
    traffic: () => live.traffic(),
    release: () => (daemon?.release() === true ? 'released' : 'nothing-held'),
    dryRun: (body) => daemon?.dryRun(body) ?? null,
    onFault: (error) =>
      log.error({ event: 'admin-fault', err: error }, 'the admin server could not answer a request'),
    onFailedLogin: (failed) => announceFailedLogin(log, failed),
    onRelease: (by) => announceRelease(log, by),
  });
  log.info({ event: 'admin-listening', port: admin.port }, `admin server listens on port ${admin.port}`);
  return (daemon = new Running({ config, log, accessSink, state, history, admin, metrics, counts, threads }));
}

/** What a running daemon is made of, besides its threads. */
interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly accessSink: AccessSink;
  readonly state: State;
  readonly history: History;
  readonly admin: Admin;
  readonly metrics: Metrics;
  readonly counts: ProcessCounts;
  /** How many threads forward requests. */
  readonly threads: number;
}

/** The threads of a daemon, and what main does about their events. */
class Running implements Daemon {
  readonly admin: Admin;
  readonly ready: Promise<ListeningAt>;
  readonly failed: Promise<never>;
  readonly #parts: Parts;
  readonly #news: ProxyNews;
  readonly #proxy: ProxyThreads;
  readonly #refresher: RefresherThread;
  readonly #health: HealthThread;
  #listening: ListeningAt | null = null;
  #resolveReady: (at: ListeningAt) => void = () => {};
  #rejectFailed: (error: Error) => void = () => {};
  #stopped: Promise<void> | null = null;

  constructor(parts: Parts) {
    const { config, log, state, history, admin, metrics } = parts;
    this.#parts = parts;
    this.admin = admin;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.failed = new Promise<never>((_resolve, reject) => {
      this.#rejectFailed = reject;
    });
    // Whoever awaits it hears of it; nobody has to.
    this.failed.catch(() => {});
    this.#news = new ProxyNews(log, state, (news, by) => this.#proxy.spread(news, by));
    this.#proxy = this.#startProxy();
    this.#refresher = new RefresherThread({
      config,
      log,
      state,
      history,
      releaseUrl: `${adminUrl(config.admin.bind, admin.port)}/api/release`,
      published: (publication, tableBytes) => this.#install(publication, tableBytes),
      crashed: () => metrics.threadRestarts.inc({ thread: 'refresher' }),
    });
    this.#health = new HealthThread({
      log,
      insecureSkipVerify: config.proxy.insecureSkipVerify,
      told: (failing) => {
        this.#proxy.setFailing(failing);
        announceHealth(log, state.failing(failing));
      },
      crashed: () => metrics.threadRestarts.inc({ thread: 'health' }),
    });
  }

  release(): boolean {
    return this.#refresher.release();
  }

  /** What would follow from the proposal in the body of a request. */
  dryRun(body: Buffer): Promise<DryRunOutcome> {
    return this.#refresher.dryRun(body);
  }

  stop({ delayMs = this.#parts.config.stop.delayMs }: { readonly delayMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(delayMs);
    return this.#stopped;
  }

  /** Has a proxy thread tell what it has counted. */
  collect(thread: number, id: number): void {
    this.#proxy.tell(thread, { kind: 'collect', id });
  }

  #startProxy(): ProxyThreads {
    const { config, log, metrics, counts, threads } = this.#parts;
    return new ProxyThreads({
      settings: config.proxy,
      count: threads,
      heard: (message, thread) => this.#hearProxy(message, thread),
      listening: (at) => this.#listens(at),
      installed: (tableId, swap) => this.#installed(tableId, swap),
      crashed: (name, thread, error) => {
        counts.crashed(thread);
        metrics.threadRestarts.inc({ thread: 'proxy' });
        announceCrash(log, name, error);
      },
      restarted: (name, tookMs) => announceRestart(log, name, tookMs),
      failed: (error, what) => this.#fail(error, what),
      handOver: (thread) => this.#news.handOver(thread),
    });
  }

  #install({ derivation: { table } }: Publication, tableBytes: SharedArrayBuffer): void {
    // What fails and is not checked any more must not stay out until the health thread has noticed.
    const failing = () => [
      ...conditionsOf(table, { ...NO_CONDITIONS, failing: this.#health.failing }).failing.values(),
    ];
    this.#proxy.install({ table, tableBytes, failing });
  }

  #listens(at: ListeningAt): void {
    const { log, state } = this.#parts;
    this.#listening = at;
    state.listening(at.address, at.port);
    const { fastLane } = this.#parts.config.proxy;
    log.info({ event: 'listening', port: at.port, fastLane }, `HTTP entrypoint listens on port ${at.port}`);
  }

  #installed(tableId: string, swap: Swap): void {
    const { log, state, history, metrics, counts } = this.#parts;
    const publication = state.installed(tableId);
    if (publication !== null) {
      history.follow(publication, state.status);
      const { table } = publication.derivation;
      metrics.tableSwaps.inc();
      this.#news.follow();
      counts.follow(table);
      announceInstall(log, publication, swap);
      this.#health.check(table);
    }
    if (this.#listening !== null) this.#resolveReady(this.#listening);
  }

  #hearProxy(message: Heard, thread: number): void {
    switch (message.kind) {
      case 'untrustedForwarder':
      case 'untrustedServer':
      case 'breaker':
      case 'ejected':
      case 'readmitted':
      case 'overload':
        this.#news.hear(message, thread);
        break;
      case 'accessLog':
        this.#parts.accessSink.writeAccess(message);
        this.#proxy.tell(thread, { kind: 'accessLogTaken', bytes: message.bytes.length });
        break;
      case 'counts':
        this.#parts.counts.heard(thread, message.id, message.counts, message.isLast);
        break;
    }
  }

  #fail(error: Error, what: string): void {
    this.#parts.log.fatal({ event: 'failed', err: error }, `${what}: ${error.message}`);
    this.#rejectFailed(error);
  }

  async #stop(delayMs: number): Promise<void> {
    const { config, log, state, history, metrics } = this.#parts;
    const { graceMs } = config.stop;
    state.stopping();
    log.info({ event: 'stopping', delayMs, graceMs }, 'stopping: answers carry Connection: close now');
    let others: Promise<unknown> = Promise.resolve();
    const { cutOff } = await this.#proxy.stop(delayMs, graceMs, () => {
      others = Promise.all([this.#refresher.stop(), this.#health.stop()]);
    });
    others = Promise.all([others, history.finished()]);
    await Promise.race([others, pause(STOP_SLACK_MS, undefined, { ref: false })]);
    await this.admin.stop();
    metrics.stop();
    log.info(
      { event: 'stopped', cutOff },
      cutOff === 0 ? 'stopped' : `stopped; ${cutOff} connections were cut off after the grace period`,
    );
  }
}
