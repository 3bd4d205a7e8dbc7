import { overview } from './admin/overview.ts';
import { PROGRAM } from './control/program.ts';
import type { Status } from './control/status.ts';
import type { ControlFacts } from './telemetry/controlMetrics.ts';

/** What `/metrics` shows of the control side: the numbers of `/api/overview`. */
export function controlFacts(status: Status): Omit<ControlFacts, 'accessLines'> {
  const { table, metadata, findings, conditions } = overview(status);
  return {
    table,
    installedAt: status.install?.installedAt ?? null,
    metadata: {
      ageSeconds: metadata.ageSeconds,
      stale: metadata.stale,
      isHeld: metadata.held !== null,
      failuresTotal: status.metadata.failuresTotal,
    },
    findings,
    conditions,
    isReady: status.notReady.length === 0,
    startedAt: status.startedAt,
    version: PROGRAM.version,
  };
}
