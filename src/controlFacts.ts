import { overview } from './admin/overview.ts';
import { PROGRAM } from './control/program.ts';
import type { Status } from './control/status.ts';
import type { ControlFacts } from './telemetry/controlMetrics.ts';

/** What `/metrics` shows of the control side: the numbers of `/api/overview`. `now` in milliseconds since the epoch. */
export function controlFacts(status: Status, now: number): ControlFacts {
  const { table, metadata, findings, conditions } = overview(status, now);
  return {
    table,
    installedAt: status.install?.installedAt ?? null,
    metadata: { ageSeconds: metadata.ageSeconds, stale: metadata.stale, isHeld: isHeld(status) },
    findings,
    conditions,
    isReady: status.notReady.length === 0,
    startedAt: status.startedAt,
    version: PROGRAM.version,
  };
}

/** Whether the guard against mass removal holds something back. */
function isHeld({ metadata }: Status): boolean {
  return 'held' in metadata && Boolean(metadata.held);
}
