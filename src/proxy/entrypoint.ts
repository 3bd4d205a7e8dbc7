import type { ConnectionNumbers, Overload } from '../model/connections.ts';
import type { BreakerState, EjectedServer, FailingServer } from '../model/condition.ts';
import { NO_COUNTS, type Counts } from '../model/counts.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Table } from '../model/table.ts';
import { buildMatcher, type Matcher } from '../routing/matcher.ts';
import type { Clock } from '../traffic/clock.ts';
import type { News } from '../traffic/news.ts';
import type { Passed, SharedLimits } from '../traffic/sharedLimits.ts';
import { TurnClock } from '../traffic/turnClock.ts';
import type { Ledger } from './account.ts';
import { collectServers, Counting } from './counting.ts';
import { Lanes } from './lanes.ts';
import { Router } from './router.ts';
import type { ProxySettings } from './settings.ts';
import { UntrustedServers } from './untrustedServers.ts';

export interface EntrypointEvents {
  /** A request is over. */
  finished?(outcome: Outcome): void;
  /** A private peer that is not trusted sent forwarded fields, which were dropped. Once for each peer. */
  untrustedForwarder?(peer: string): void;
  /** The circuit breaker of a backend changed its state. */
  breaker?(backend: string, state: BreakerState): void;
  /** A server was ejected, or put on probation. */
  ejected?(server: EjectedServer): void;
  /** A server that was ejected gets its share of requests again. */
  readmitted?(server: EjectedServer): void;
  /** The certificate of a server was not accepted. Once for each server and reason, and again after a while. */
  untrustedServer?(backend: string, url: string, reason: string): void;
  /** There are more client connections than may be open, or are so no longer. */
  overloaded?(overload: Overload): void;
}

/** A listening HTTP port, and the lanes behind it. */
export interface Entrypoint {
  readonly address: string;
  readonly port: number;
  /** How many client connections there are, and were. */
  readonly connections: ConnectionNumbers;
  /** Routes by this table from the next request on. */
  install(table: Table, matcher?: Matcher): void;
  /** These servers, and no others, fail their active health check. */
  setFailing(failing: readonly FailingServer[]): void;
  /** Does as another thread does that has found something out. */
  learn(news: News): void;
  /** Another thread has passed room to this one. */
  gotPassed(passed: Passed): void;
  /** What was counted since it opened, in pieces that add up, so that none holds requests up. */
  collect(): Iterable<Counts>;
  /** Every answer from now on carries `Connection: close`. */
  announceStop(): void;
  /** Accepts no more and resolves when all connections are gone; what is in flight after `graceMs` is cut off and counted. */
  stop(graceMs: number): Promise<{ cutOff: number }>;
}

/**
 * Opens the entrypoint. Until a table is installed every request is answered 404. `time` is what balancers and circuit breakers
 * go by; absent: the real one. `shared`: the limits that it shares with others of the process; absent: its limits are its own.
 *
 * @throws ListenError
 */
export async function startEntrypoint(
  settings: ProxySettings,
  on: EntrypointEvents = {},
  time?: Clock,
  shared?: SharedLimits | null,
): Promise<Entrypoint> {
  // Deadlines are about real time, whatever the others are told.
  const realTime = new TurnClock(() => performance.now());
  const turn = time === undefined ? realTime : new TurnClock(time, realTime);
  const clock = turn.now;
  const router = new Router(settings, {
    clock,
    untrustedForwarder: (peer) => on.untrustedForwarder?.(peer),
    breakerChanged: (backend, state) => on.breaker?.(backend, state),
    ejected: (server) => on.ejected?.(server),
    readmitted: (server) => on.readmitted?.(server),
    ...(shared && { shared }),
  });
  const untrusted = new UntrustedServers(clock, (...told) => on.untrustedServer?.(...told));
  const counting = new Counting();
  const ledger: Ledger = {
    clock,
    counting,
    clientOf: router.clientOf,
    ...(on.finished && { finished: (outcome) => on.finished?.(outcome) }),
  };
  const lanes = new Lanes(settings, router, ledger, {
    clock,
    turn,
    realTime: realTime.now,
    untrustedServer: (backend, url, reason) => untrusted.found(backend, url, reason),
    overloaded: (overload) => on.overloaded?.(overload),
    ...(shared && { shared }),
  });
  const at = { port: settings.port, bind: settings.bind, setting: 'LB_HTTP_PORT' };
  const { address, port } = await lanes.open(at);
  return {
    address,
    port,
    get connections() {
      return lanes.places.numbers;
    },
    install(table, matcher = buildMatcher(table)) {
      router.install(table, matcher);
      counting.install(table);
    },
    *collect() {
      const limit = settings.limits.connections;
      yield { ...NO_COUNTS, entrypoints: [{ entrypoint: 'http', limit, ...lanes.places.numbers }] };
      yield* counting.collect();
      yield* collectServers(router.backends);
    },
    learn: (news) => router.learn(news),
    gotPassed({ row, server }) {
      if (server === null) lanes.places.gotPassed();
      else if (!router.gotPassed(server)) shared?.drop(row);
    },
    setFailing: (failing) => router.setFailing(failing),
    announceStop: () => lanes.announceStop(),
    stop: (graceMs) => lanes.stop(graceMs),
  };
}
