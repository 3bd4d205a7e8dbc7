import type { Logger } from 'pino';
import { announceRestored } from './announceStore.ts';
import type { Publication, Refreshed, RefreshEvent } from './events.ts';

/** Changes that are told one by one; more are only counted. */
const MAX_CHANGES_TOLD = 50;

/** Tells of a failing source once, and once when it answers again. */
export function announceRefresh(
  log: Logger,
  event: RefreshEvent,
  failuresBefore: number,
  keeps: boolean,
): void {
  if (event.kind === 'failed') {
    const level = failuresBefore === 0 ? 'warn' : 'debug';
    const kept = keeps ? 'what is installed stays' : 'nothing is installed yet';
    log[level](
      { event: 'metadata-failed', retryInMs: Math.round(event.retryInMs) },
      `metadata: ${event.error} — ${kept}`,
    );
    return;
  }
  if (event.kind === 'refreshed') announceRead(log, event, failuresBefore);
  else if (event.kind === 'restored') announceRestored(log, event);
  else log.debug({ event: 'resolved' }, 'names of external services resolve differently');
  if (event.publication !== null && event.publication.tableBytes === null)
    announceChanges(log, event.publication);
}

function announceRead(log: Logger, event: Refreshed, failuresBefore: number): void {
  if (failuresBefore > 0) {
    log.info(
      { event: 'metadata-recovered', failures: failuresBefore },
      `metadata answers again after ${failuresBefore} failed ${failuresBefore === 1 ? 'try' : 'tries'}`,
    );
  }
  log.debug(
    {
      event: 'refreshed',
      metadataVersion: event.metadataVersion,
      durationMs: Math.round(event.durationMs),
      isNew: event.publication !== null,
    },
    'metadata read',
  );
}

/** Tells what is routed now, and what is different. */
export function announceInstall(log: Logger, publication: Publication, decodeMs: number): void {
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
      `… and ${rest} more changes; the admin page shows the result`,
    );
}
