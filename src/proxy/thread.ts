import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { FailingServer } from '../model/condition.ts';
import { NO_COUNTS } from '../model/counts.ts';
import { decodeTable, type DecodedTable } from '../routing/wire.ts';
import { ListenError } from '../listen.ts';
import { AccessLog } from '../telemetry/accessLog.ts';
import type { News } from '../traffic/news.ts';
import type { Rows } from '../traffic/rows.ts';
import { offsetsOf, SharedLimits } from '../traffic/sharedLimits.ts';
import { Vitals } from '../vitals.ts';
import { startEntrypoint, type Entrypoint, type EntrypointEvents } from './entrypoint.ts';
import type { FromProxy, ProxyThreadData, ToProxy } from './messages.ts';
import { Neighbours } from './neighbours.ts';

/** A table that was read, to be swapped in. */
interface Prepared extends DecodedTable {
  readonly rows: Rows | null;
  readonly offsets: ReadonlyMap<string, number>;
  readonly decodeMs: number;
}

/** A proxy thread: messages in, an entrypoint out. It exits by itself when it has stopped. */
const { settings, name, sharing } = workerData as ProxyThreadData;
const vitals = new Vitals(name);
let entrypoint: Entrypoint | null = null;
let prepared: Prepared | null = null;
const accessLog =
  settings.accessLog === 'off'
    ? null
    : new AccessLog(settings.accessLog, (batch) =>
        tell({ kind: 'accessLog', ...batch }, [batch.bytes.buffer]),
      );
const neighbours =
  sharing &&
  new Neighbours(sharing.channel, sharing.thread, (passed) => {
    entrypoint?.gotPassed(passed);
  });
const shared = sharing && neighbours && new SharedLimits(sharing, neighbours.pass);
/** Said last; kept for the entrypoint until it opens. */
let failing: readonly FailingServer[] = [];
/** Whether what happens now does because another thread has told of it. */
let isTold = false;
/** Messages are handled one after the other: a table is never overtaken by the next. */
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToProxy) => {
  // Not behind a table that is being read: nothing of these depends on what comes before.
  if (message.kind === 'accessLogTaken') accessLog?.taken(message.bytes);
  else if (message.kind === 'collect') void collect(message.id);
  else {
    const next = message;
    last = last.then(() => handle(next));
  }
});

async function handle(
  message: Exclude<ToProxy, { readonly kind: 'accessLogTaken' | 'collect' }>,
): Promise<void> {
  switch (message.kind) {
    case 'install':
      await prepare(message.tableBytes, message.rows);
      break;
    case 'swap':
      await swap(message.port);
      break;
    case 'health':
      ({ failing } = message);
      entrypoint?.setFailing(failing);
      break;
    case 'learn':
      learn(message.news);
      break;
    case 'announceStop':
      entrypoint?.announceStop();
      break;
    case 'stop': {
      const { cutOff } = (await entrypoint?.stop(message.graceMs)) ?? { cutOff: 0 };
      accessLog?.flush();
      neighbours?.close();
      tell({ kind: 'stopped', cutOff });
      parentPort?.close();
      break;
    }
  }
}

async function collect(id: number): Promise<void> {
  for (const counts of entrypoint?.collect() ?? []) {
    // Moved, not copied; what has no rows shares its buffer with all others like it.
    const moved = counts.rows.length === 0 ? [] : [counts.rows.buffer];
    for (const { requests } of counts.routes) moved.push(requests.buffer);
    tell({ kind: 'counts', id, counts, isLast: false }, moved);
    await nextTurn();
  }
  tell({ kind: 'counts', id, counts: { ...NO_COUNTS, threads: [vitals.read()] }, isLast: true });
}

/** All that takes long, so that the swap takes next to nothing. */
async function prepare(tableBytes: SharedArrayBuffer, rows: Rows | null): Promise<void> {
  const startedAt = performance.now();
  // As long as it serves nobody, there is nobody to rest for.
  const decoded = await decodeTable(tableBytes, entrypoint === null ? nextTurn : rest);
  const offsets = rows === null ? new Map<string, number>() : offsetsOf(decoded.table);
  prepared = { ...decoded, rows, offsets, decodeMs: performance.now() - startedAt };
  tell({ kind: 'prepared', tableId: decoded.table.id });
}

async function swap(port: number): Promise<void> {
  if (prepared === null) return;
  const { table, matcher, rows, offsets, decodeMs } = prepared;
  prepared = null;
  if (rows !== null) shared?.follow(rows, offsets);
  const opened = entrypoint ?? (await open(port));
  if (opened === null) return;
  opened.install(table, matcher);
  const at = performance.timeOrigin + performance.now();
  if (entrypoint === null) {
    entrypoint = opened;
    tell({ kind: 'listening', address: opened.address, port: opened.port });
  }
  tell({ kind: 'installed', tableId: table.id, decodeMs, at });
}

/** Null where it cannot listen, which is told. */
async function open(port: number): Promise<Entrypoint | null> {
  shared?.startAfresh();
  try {
    const opened = await startEntrypoint({ ...settings, port }, EVENTS, undefined, shared);
    opened.setFailing(failing);
    return opened;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    tell({ kind: 'listenFailed', code: error.code, message: error.message });
    return null;
  }
}

function learn(news: News): void {
  isTold = true;
  try {
    entrypoint?.learn(news);
  } finally {
    isTold = false;
  }
}

const EVENTS: EntrypointEvents = {
  ...(accessLog !== null && { finished: (outcome) => accessLog.add(outcome) }),
  untrustedForwarder: (peer) => tell({ kind: 'untrustedForwarder', peer }),
  breaker: (backend, state) => tell({ kind: 'breaker', backend, state, isTold }),
  ejected: (server) => tell({ kind: 'ejected', server, isTold }),
  readmitted: (server) => tell({ kind: 'readmitted', server, isTold }),
  untrustedServer: (backend, url, reason) => tell({ kind: 'untrustedServer', backend, url, reason }),
  overloaded: (overload) => tell({ kind: 'overload', ...overload }),
};

/** Not only a turn of the loop: a request takes several turns, and its client and server may need this core too. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function tell(message: FromProxy, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
