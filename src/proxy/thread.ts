import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { FailingServer } from '../model/condition.ts';
import { NO_COUNTS } from '../model/counts.ts';
import { decodeTable } from '../routing/wire.ts';
import { ListenError } from '../listen.ts';
import { AccessLog } from '../telemetry/accessLog.ts';
import { Vitals } from '../vitals.ts';
import { startEntrypoint, type Entrypoint } from './entrypoint.ts';
import type { FromProxy, ProxyThreadData, ToProxy } from './messages.ts';

/** A proxy thread: messages in, an entrypoint out. It exits by itself when it has stopped. */
const { settings } = workerData as ProxyThreadData;
const vitals = new Vitals('proxy');
let entrypoint: Entrypoint | null = null;
const accessLog =
  settings.accessLog === 'off'
    ? null
    : new AccessLog(settings.accessLog, (batch) =>
        tell({ kind: 'accessLog', ...batch }, [batch.bytes.buffer]),
      );
/** Said last; kept for the entrypoint until it opens. */
let failing: readonly FailingServer[] = [];
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
      await install(message.tableBytes);
      break;
    case 'health':
      ({ failing } = message);
      entrypoint?.setFailing(failing);
      break;
    case 'announceStop':
      entrypoint?.announceStop();
      break;
    case 'stop': {
      const { cutOff } = (await entrypoint?.stop(message.graceMs)) ?? { cutOff: 0 };
      accessLog?.flush();
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
    tell({ kind: 'counts', id, counts, isLast: false }, moved);
    await nextTurn();
  }
  tell({ kind: 'counts', id, counts: { ...NO_COUNTS, threads: [vitals.read()] }, isLast: true });
}

async function install(tableBytes: SharedArrayBuffer): Promise<void> {
  const startedAt = performance.now();
  const { table, matcher } = await decodeTable(tableBytes, rest);
  const decodeMs = performance.now() - startedAt;
  if (entrypoint === null) {
    try {
      entrypoint = await startEntrypoint(settings, {
        ...(accessLog !== null && { finished: (outcome) => accessLog.add(outcome) }),
        untrustedForwarder: (peer) => tell({ kind: 'untrustedForwarder', peer }),
        breaker: (backend, state) => tell({ kind: 'breaker', backend, state }),
        ejected: (server) => tell({ kind: 'ejected', server }),
        readmitted: (server) => tell({ kind: 'readmitted', server }),
        untrustedServer: (backend, url, reason) => tell({ kind: 'untrustedServer', backend, url, reason }),
        overloaded: (overload) => tell({ kind: 'overload', ...overload }),
      });
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      tell({ kind: 'listenFailed', code: error.code, message: error.message });
      return;
    }
    entrypoint.setFailing(failing);
    entrypoint.install(table, matcher);
    tell({ kind: 'listening', address: entrypoint.address, port: entrypoint.port });
  } else {
    entrypoint.install(table, matcher);
  }
  tell({ kind: 'installed', tableId: table.id, decodeMs });
}

/** Not only a turn of the loop: a request takes several turns, and its client and server may need this core too. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function tell(message: FromProxy, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
