import { WIDTH, type Counts, type EntrypointCounts, type ServerCounts } from '../model/counts.ts';

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
    failures: sumFailures(all),
    entrypoints: sumBy(
      all.flatMap(({ entrypoints }) => entrypoints),
      ({ entrypoint }) => entrypoint,
      addEntrypoints,
    ),
    tunnels: all.reduce((sum, { tunnels }) => sum + tunnels, 0),
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
        for (const [column, value] of row.entries())
          sums[place + column] = (sums[place + column] ?? 0) + value;
      }
    }
  }
  return { services: [...places.keys()], rows: sums.subarray(0, places.size * WIDTH) };
}

function sumFailures(all: readonly Counts[]): Counts['failures'] {
  const sums = new Map<string, number>();
  for (const { failures } of all) {
    for (const [kind, count] of Object.entries(failures)) sums.set(kind, (sums.get(kind) ?? 0) + count);
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
