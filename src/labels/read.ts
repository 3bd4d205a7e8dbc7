import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { Service } from '../model/service.ts';
import type { Balancing } from './balancing.ts';
import { readBool } from './bool.ts';
import { readEnable, type Publishing } from './enable.ts';
import { readFrontendRule } from './frontendRule.ts';
import { collectLabels, type LabelSet } from './label.ts';
import { findUnknown, findUnsupported } from './lint.ts';
import { readPort } from './port.ts';
import { readPriority } from './priority.ts';
import { expandRule, type RouteMatch } from './rule.ts';
import { readTemplateRule } from './templateRule.ts';

/** One port of a service, to be published under hosts: the service as a whole, or one of its segments. */
export interface Exposure {
  /** Null for the service as a whole. */
  readonly segment: string | null;
  /** Which requests it is asked for; each once, never empty. */
  readonly matches: readonly RouteMatch[];
  /** Higher first, and any before none (null). */
  readonly priority: number | null;
  readonly passHostHeader: boolean;
  /** How many servers a request that is safe to repeat is tried on at most; null: as the settings say. */
  readonly attempts: number | null;
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** Of each of its servers. */
  readonly weight: number;
  /** `traefik.backend`: all services of the stack that name it are balanced together; null: balanced alone. */
  readonly backendName: string | null;
  readonly balancing: Balancing;
  /** Whether servers on our own host come first; null: as the settings say. */
  readonly preferLocal: boolean | null;
  /** Whether containers need a health check to receive requests; null: as the settings say. */
  readonly healthRequired: boolean | null;
  /** Why its hosts answer 503 (fail closed), in one sentence for whoever requests it; null for a normal exposure. */
  readonly refusal: string | null;
}

/** What the labels of one service ask for. */
export interface LabelReading {
  /** Whether it carries any `traefik.*` label: others are none of our business. */
  readonly concernsUs: boolean;
  /** One for each segment, or one for the service as a whole; none where it is not enabled, or refused without a host to answer for. */
  readonly exposures: readonly Exposure[];
  readonly findings: readonly Finding[];
}

/** Reads the labels of one service. Never throws, whatever they hold, and depends on nothing but its arguments. */
export function readLabels(service: Service, settings: DeriveSettings): LabelReading {
  const { labels, findings } = collectLabels(service.labels);
  if (labels.size === 0) return { concernsUs: false, exposures: [], findings: [] };
  const enable = readEnable(labels);
  const said = [...findings, ...enable.findings, ...findUnknown(labels)];
  // What else is wrong with a service that is not published would only be noise.
  if (enable.value === null || enable.value === 'no')
    return { concernsUs: true, exposures: [], findings: said };
  const read = readExposure(labels, service, enable.value, settings);
  return {
    concernsUs: true,
    exposures: read.exposure === null ? [] : [read.exposure],
    findings: [...said, ...read.findings],
  };
}

interface ExposureReading {
  /** Null where it is refused without a host to answer for. */
  readonly exposure: Exposure | null;
  readonly findings: readonly Finding[];
}

function readExposure(
  labels: LabelSet,
  service: Service,
  publishing: Exclude<Publishing, 'no'>,
  settings: DeriveSettings,
): ExposureReading {
  const { rule, refusal, findings } =
    readFrontendRule(labels) ?? readTemplateRule(labels, service, publishing, settings);
  const port = readPort(labels);
  const { priority, findings: ofPriority } = readPriority(labels);
  const passHostHeader = readBool(labels, 'traefik.frontend.passhostheader');
  const healthRequired = readBool(labels, 'traefik.health.required');
  const unsupported = findUnsupported(labels, settings.allowUnsupported);
  const all = [port, passHostHeader, healthRequired, unsupported]
    .flatMap((read) => read.findings)
    .concat(findings, ofPriority);
  if (rule === null || port.value === null) return { exposure: null, findings: all };
  const exposure = {
    segment: null,
    matches: expandRule(rule),
    priority,
    passHostHeader: passHostHeader.value ?? true,
    attempts: null,
    scheme: 'http' as const,
    port: port.value,
    weight: 1,
    backendName: null,
    balancing: { method: null, stickiness: null, circuitBreaker: null, healthCheck: null },
    preferLocal: null,
    healthRequired: healthRequired.value,
    refusal: refusal ?? unsupported.refusal,
  };
  return { exposure, findings: all };
}
