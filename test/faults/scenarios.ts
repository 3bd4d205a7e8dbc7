import type { Scenario } from './scenario.ts';
import { kills } from './scenarios/kills.ts';
import { metadataModes } from './scenarios/metadata.ts';
import { upgrades } from './scenarios/upgrade.ts';

/** In the order in which they are told. */
export const SCENARIOS: readonly Scenario[] = [kills, ...upgrades, metadataModes];
