import type { Logger } from 'pino';
import { announceHoldEnded } from './announceHold.ts';
import { announceRestored } from './announceStore.ts';
import type { Publication, Refreshed, RefreshEvent } from './events.ts';
import type { MetadataStatus } from './status.ts';
import { count } from './words.ts';

/** Changes that are told one by one; more are only counted. */
const MAX_CHANGES_TOLD = 50;

/** How it was with the source before a refresh. */
export interface Before {
  /** How many failed since the last success. */
  readonly failuresBefore: number;
  /** Whether it was told that it is stale. */
  readonly wasStale: boolean;
}

/** Tells of a failing source once, and once when it answers again. `keeps`: something is installed. */
export function announceRefresh(log: Logger, event: RefreshEvent, before: Before, keeps: boolean): void {
  if (event.kind === 'failed') {
    const level = before.failuresBefore === 0 ? 'warn' : 'debug';
    log[level](
      { event: 'metadata-failed', retryInMs: Math.round(event.retryInMs) },
      `metadata: ${event.error} — ${keptWords(keeps)}`,
    );
    return;
  }
  if (event.kind === 'refreshed') announceRead(log, event, before);
  else if (event.kind === 'restored') announceRestored(log, event);
  else if (event.kind === 'hold-ended') announceHoldEnded(log, event.by);
  else log.debug({ event: 'resolved' }, 'names of external services resolve differently');
  if (event.publication !== null && event.publication.tableBytes === null)
    announceChanges(log, event.publication);
}

/** Tells that there was no success for so long that what is installed counts as stale. */
export function announceStale(
  log: Logger,
  { lastSuccessAt, lastError }: MetadataStatus,
  keeps: boolean,
): void {
  const since = lastSuccessAt === null ? null : new Date(lastSuccessAt).toISOString();
  const when = since === null ? 'has not been read since the start' : `was last read at ${since}`;
  const why = lastError === null ? 'no try has ended since' : lastError.message;
  log.warn(
    { event: 'metadata-stale', since, lastError: lastError?.message ?? null },
    `metadata ${when} and is stale: ${why} — ${keptWords(keeps)}`,
  );
}

function keptWords(keeps: boolean): string {
  return keeps ? 'what is installed stays' : 'nothing is installed yet';
}

function announceRead(log: Logger, event: Refreshed, { failuresBefore, wasStale }: Before): void {
  if (failuresBefore > 0 || wasStale) {
    const after = failuresBefore === 0 ? '' : ` after ${count(failuresBefore, 'failed try', 'failed tries')}`;
    log.info(
      { event: 'metadata-recovered', failures: failuresBefore, wasStale },
      `metadata answers again${after}${wasStale ? ', and is stale no more' : ''}`,
    );
  }
  log.debug(
    {
      event: 'refreshed',
      metadataVersion: event.metadataVersion,
      durationMs: Math.round(event.durationMs),
      isNew: event.publication !== null,
      isHeld: event.isHeld,
    },
    'metadata read',
  );
}

/** How the proxy threads installed a table: what the slowest took to read it, and how far apart they swapped. */
interface Swap {
  readonly decodeMs: number;
  readonly spreadMs: number;
}

/** Tells what is routed now, and what is different. */
export function announceInstall(log: Logger, publication: Publication, { decodeMs, spreadMs }: Swap): void {
  const { table, services } = publication.derivation;
  const servers = table.backends.reduce((sum, backend) => sum + backend.servers.length, 0);
  log.info(
    {
      event: 'installed',
      tableId: table.id,
      routes: table.routes.length,
      services: services.length,
      servers,
      decodeMs: Math.round(decodeMs),
      spreadMs: Math.round(spreadMs),
    },
    `installed table ${table.id}: ${table.routes.length} routes, ${services.length} labelled services, ${servers} servers`,
  );
  announceChanges(log, publication);
}

function announceChanges(log: Logger, { changes }: Publication): void {
  for (const { kind, what, service, text } of changes.slice(0, MAX_CHANGES_TOLD)) {
    log.info({ event: 'change', kind, what, service }, text);
  }
  const rest = changes.length - MAX_CHANGES_TOLD;
  if (rest > 0)
    log.info(
      { event: 'changes-untold', count: rest },
      `… and ${rest} more changes; the dashboard shows the result`,
    );
}
