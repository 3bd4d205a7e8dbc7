import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { Service } from '../model/service.ts';
import { readBool } from './readBool.ts';
import { readEnable } from './enable.ts';
import { readExposure, type Exposure } from './exposure.ts';
import { collectLabels, LabelSet } from './label.ts';
import { findUnknown } from './lint.ts';
import { joinFindings, partLabels } from './segments.ts';
import { findMismatch } from './tags.ts';

/** What the labels of one service ask for. */
export interface LabelReading {
  /** Whether it carries any `traefik.*` label: others are none of our business. */
  readonly concernsUs: boolean;
  /** One for each segment, or one for the service as a whole; none where it is not enabled, or refused without a host to answer for. */
  readonly exposures: readonly Exposure[];
  /** Whether containers need a health check to receive requests; null: as the settings say. */
  readonly healthRequired: boolean | null;
  readonly findings: readonly Finding[];
}

/** Reads the labels of one service. Never throws, whatever they hold, and depends on nothing but its arguments. */
export function readLabels(service: Service, settings: DeriveSettings): LabelReading {
  const { labels, findings } = collectLabels(service.labels);
  const concernsUs = labels.length > 0;
  if (!concernsUs) return { concernsUs, exposures: [], healthRequired: null, findings: [] };
  const parts = partLabels(labels);
  const ofService = new LabelSet(labels.filter(({ segment }) => segment === null));
  const enable = readEnable(ofService);
  const said = [...findings, ...enable.findings, ...findUnknown(labels, parts.segments)];
  // What else is wrong with a service that is not published would only be noise.
  const publishing = enable.value;
  if (publishing === null || publishing === 'no')
    return { concernsUs, exposures: [], healthRequired: null, findings: said };
  const mismatch = findMismatch(ofService, settings.constraints);
  if (mismatch !== null)
    return { concernsUs, exposures: [], healthRequired: null, findings: [...said, mismatch] };
  const healthRequired = readBool(ofService, 'traefik.health.required');
  const readings = parts.sets.map((set) => ({
    labels: set,
    ...readExposure(set, service, publishing, settings),
  }));
  return {
    concernsUs,
    exposures: readings.flatMap(({ exposure }) => exposure ?? []),
    healthRequired: healthRequired.value,
    findings: [...said, ...parts.findings, ...healthRequired.findings, ...joinFindings(readings)],
  };
}
