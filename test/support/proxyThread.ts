import type { Worker } from 'node:worker_threads';
import type { Table } from '../../src/model/table.ts';
import type { ProxyThreadData, ToProxy } from '../../src/proxy/messages.ts';
import type { ProxySettings } from '../../src/proxy/settings.ts';
import { encodeTable } from '../../src/routing/wire.ts';

/** The `workerData` of a proxy thread that is the only one. */
export function aloneWith(settings: ProxySettings): ProxyThreadData {
  return { settings, name: 'proxy-1', sharing: null };
}

/** Tells a proxy thread that is the only one to route by this table. */
export function tellTable(thread: Worker, table: Table, port = 0): void {
  for (const message of [
    { kind: 'install', tableBytes: encodeTable(table), rows: null },
    { kind: 'swap', port },
  ] satisfies ToProxy[]) {
    thread.postMessage(message);
  }
}
