import type { Scenario } from './scenario.ts';
import { clientFaults } from './scenarios/clients.ts';
import { clockJumps } from './scenarios/clock.ts';
import { crashes } from './scenarios/crashes.ts';
import { fullDisk } from './scenarios/disk.ts';
import { kills } from './scenarios/kills.ts';
import { lostHost } from './scenarios/lostHost.ts';
import { metadataModes } from './scenarios/metadata.ts';
import { serverFaults } from './scenarios/serverFaults.ts';
import { slowloris } from './scenarios/slowloris.ts';
import { stops } from './scenarios/stop.ts';
import { swaps } from './scenarios/swaps.ts';
import { upgrades } from './scenarios/upgrade.ts';

/** In the order in which they are told. */
export const SCENARIOS: readonly Scenario[] = [
  kills,
  ...upgrades,
  swaps,
  metadataModes,
  ...serverFaults,
  lostHost,
  ...clientFaults,
  slowloris,
  fullDisk,
  clockJumps,
  ...stops,
  ...crashes,
];
