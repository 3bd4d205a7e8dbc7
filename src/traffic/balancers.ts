import type { BalancingMethod } from '../model/table.ts';
import type { ServerTraffic } from './serverTraffic.ts';

/** Chooses one of the servers that can take a request and are not `tried`; null where there is none. Allocates nothing. */
export type Balancer = (
  servers: readonly ServerTraffic[],
  tried: ReadonlySet<string>,
) => ServerTraffic | null;

/** Milliseconds that make small differences of small latencies count little. */
const LATENCY_GRAIN_MS = 5;
/** What is left of the weight of the worst server: enough to notice that it is well again. */
const SMALLEST_SHARE = 0.05;

export const BALANCERS: Readonly<Record<BalancingMethod, Balancer>> = {
  wrr: takeTurn,
  drr: takeMeritedTurn,
  least: takeLeast,
};

/** Smooth weighted round-robin (nginx's): over any run of picks each server gets its share, spread evenly. */
function takeTurn(servers: readonly ServerTraffic[], tried: ReadonlySet<string>): ServerTraffic | null {
  let best: ServerTraffic | null = null;
  let total = 0;
  for (const server of servers) {
    if (!canTake(server, tried)) continue;
    server.credit += server.share;
    total += server.share;
    if (best === null || server.credit > best.credit) best = server;
  }
  if (best !== null) best.credit -= total;
  return best;
}

/** `drr`: the same with weights that fall with latency and errors, and rise again with them. */
function takeMeritedTurn(
  servers: readonly ServerTraffic[],
  tried: ReadonlySet<string>,
): ServerTraffic | null {
  let bestMs = Infinity;
  for (const server of servers) {
    // Errors are often quick: by the bare latency, a server that does nothing but fail would make all others look slow.
    const ms = (server.latency.value ?? Infinity) / successOf(server);
    if (ms < bestMs && canTake(server, tried)) bestMs = ms;
  }
  for (const server of servers) server.share = server.server.weight * merit(server, bestMs);
  return takeTurn(servers, tried);
}

function merit(server: ServerTraffic, bestMs: number): number {
  const ms = server.latency.value;
  const speed = ms === null || ms <= bestMs ? 1 : (bestMs + LATENCY_GRAIN_MS) / (ms + LATENCY_GRAIN_MS);
  return Math.max(SMALLEST_SHARE, speed * successOf(server));
}

/** From 0, where it fails each time, to 1. */
function successOf({ errors }: ServerTraffic): number {
  return (1 - (errors.value ?? 0)) ** 2;
}

/**
 * `least`: whose turn it is, or a random other one if that has fewer requests in flight for its weight (power of two
 * choices). The turn is spent by whoever's it was, so that shares follow weights where nobody is busy.
 */
function takeLeast(servers: readonly ServerTraffic[], tried: ReadonlySet<string>): ServerTraffic | null {
  const turn = takeTurn(servers, tried);
  if (turn === null || turn.inFlight === 0) return turn;
  const other = randomOther(servers, tried, turn);
  return other !== null && other.inFlight * turn.share < turn.inFlight * other.share ? other : turn;
}

function randomOther(
  servers: readonly ServerTraffic[],
  tried: ReadonlySet<string>,
  than: ServerTraffic,
): ServerTraffic | null {
  let others = 0;
  for (const server of servers) if (server !== than && canTake(server, tried)) others += 1;
  let skip = Math.floor(Math.random() * others);
  for (const server of servers) {
    if (server !== than && canTake(server, tried) && skip-- === 0) return server;
  }
  return null;
}

/**
 * Makes the credits of servers mean as many picks as before their weights changed by this factor, and add up to nothing again, so that
 * nobody is flooded or starved.
 */
export function settleCredits(servers: readonly ServerTraffic[], scale: number): void {
  const mean = servers.reduce((sum, { credit }) => sum + credit, 0) / servers.length;
  for (const server of servers) server.credit = (server.credit - mean) * scale;
}

function canTake(server: ServerTraffic, tried: ReadonlySet<string>): boolean {
  return server.share > 0 && server.isUsable(tried);
}
