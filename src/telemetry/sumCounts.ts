import { MAX_RECENT_ERRORS, WIDTH } from '../model/counts.ts';
import type { Counts, EntrypointCounts, RouteCounts, ServerCounts } from '../model/counts.ts';

/** What several proxy threads, or the pieces of what one has counted, come to together. Servers of one backend that are called alike become one. */
export function sumCounts(all: readonly Counts[]): Counts {
  return {
    ...sumServices(all),
    servers: sumBy(
      all.flatMap(({ servers }) => servers),
      ({ backend, server }) => `${backend}\n${server}`,
      addServers,
    ),
    queued: all.reduce((sum, { queued }) => sum + queued, 0),
    failures: sumNamed(all.map(({ failures }) => failures)),
    entrypoints: sumBy(
      all.flatMap(({ entrypoints }) => entrypoints),
      ({ entrypoint }) => entrypoint,
      addEntrypoints,
    ),
    tunnels: all.reduce((sum, { tunnels }) => sum + tunnels, 0),
    statuses: sumNamed(all.map(({ statuses }) => statuses)),
    durationMs: all.reduce((sum, { durationMs }) => sum + durationMs, 0),
    recentErrors: all
      .flatMap(({ recentErrors }) => recentErrors)
      .sort((a, b) => b.at - a.at)
      .slice(0, MAX_RECENT_ERRORS),
    routes: sumBy(
      all.flatMap(({ routes }) => routes),
      ({ tableId }) => tableId,
      addRoutes,
    ),
    threads: all.flatMap(({ threads }) => threads),
  };
}

function sumServices(all: readonly Counts[]): Pick<Counts, 'services' | 'rows'> {
  const most = all.reduce((sum, { services }) => sum + services.length, 0);
  const sums = new Float64Array(most * WIDTH);
  const places = new Map<string, number>();
  for (const { services, rows } of all) {
    for (const [index, service] of services.entries()) {
      const row = rows.subarray(index * WIDTH, (index + 1) * WIDTH);
      const place = places.get(service);
      if (place === undefined) {
        sums.set(row, places.size * WIDTH);
        places.set(service, places.size * WIDTH);
      } else {
        add(sums.subarray(place, place + WIDTH), row);
      }
    }
  }
  return { services: [...places.keys()], rows: sums.subarray(0, places.size * WIDTH) };
}

function sumNamed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const numbers of all) {
    for (const [name, count] of Object.entries(numbers)) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}

function sumBy<T>(all: readonly T[], keyOf: (one: T) => string, add: (a: T, b: T) => T): readonly T[] {
  const sums = new Map<string, T>();
  for (const one of all) {
    const key = keyOf(one);
    const before = sums.get(key);
    sums.set(key, before === undefined ? one : add(before, one));
  }
  return [...sums.values()];
}

function addServers(a: ServerCounts, b: ServerCounts): ServerCounts {
  return {
    ...a,
    connectErrors: a.connectErrors + b.connectErrors,
    ejections: a.ejections + b.ejections,
    isEjected: a.isEjected || b.isEjected,
    inFlight: a.inFlight + b.inFlight,
  };
}

/** The limit is one for all threads. */
function addEntrypoints(a: EntrypointCounts, b: EntrypointCounts): EntrypointCounts {
  return {
    ...a,
    open: a.open + b.open,
    waiting: a.waiting + b.waiting,
    accepted: a.accepted + b.accepted,
    shed: a.shed + b.shed,
    refused: a.refused + b.refused,
  };
}

function addRoutes(a: RouteCounts, b: RouteCounts): RouteCounts {
  const requests = a.requests.slice();
  add(requests, b.requests);
  return { ...a, requests };
}

/** A loop of its own: with ten thousand services these are a million numbers. */
function add(sums: Float64Array, numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i += 1) sums[i] = (sums[i] ?? 0) + (numbers[i] ?? 0);
}
