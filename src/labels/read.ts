import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { Service } from '../model/service.ts';
import { readBool } from './bool.ts';
import { readEnable, type Publishing } from './enable.ts';
import { readFrontendRule } from './frontendRule.ts';
import { collectLabels, type LabelSet } from './label.ts';
import { findUnknown, findUnsupported } from './lint.ts';
import { readPort } from './port.ts';
import { readPriority } from './priority.ts';
import { expandRule, type RouteMatch } from './rule.ts';
import { readTemplateRule } from './templateRule.ts';

/** One port of a service, to be published under hosts. A service asks for one; each segment will ask for one more. */
export interface Exposure {
  /** Which requests it is asked for; each once, never empty. */
  readonly matches: readonly RouteMatch[];
  /** Higher first, and any before none (null). */
  readonly priority: number | null;
  readonly port: number;
  readonly passHostHeader: boolean;
  /** Whether containers need a health check to receive requests; null: as the settings say. */
  readonly healthRequired: boolean | null;
  /** Why its hosts answer 503 (fail closed), in one sentence for whoever requests it; null for a normal exposure. */
  readonly refusal: string | null;
}

/** What the labels of one service ask for. */
export interface LabelReading {
  /** Whether it carries any `traefik.*` label: others are none of our business. */
  readonly concernsUs: boolean;
  /** Null where it is not enabled, or refused without a host to answer for. */
  readonly exposure: Exposure | null;
  readonly findings: readonly Finding[];
}

/** Reads the labels of one service. Never throws, whatever they hold, and depends on nothing but its arguments. */
export function readLabels(service: Service, settings: DeriveSettings): LabelReading {
  const { labels, findings } = collectLabels(service.labels);
  if (labels.size === 0) return { concernsUs: false, exposure: null, findings: [] };
  const enable = readEnable(labels);
  const said = [...findings, ...enable.findings, ...findUnknown(labels)];
  // What else is wrong with a service that is not published would only be noise.
  if (enable.value === null || enable.value === 'no')
    return { concernsUs: true, exposure: null, findings: said };
  const read = readExposure(labels, service, enable.value, settings);
  return { concernsUs: true, exposure: read.exposure, findings: [...said, ...read.findings] };
}

function readExposure(
  labels: LabelSet,
  service: Service,
  publishing: Exclude<Publishing, 'no'>,
  settings: DeriveSettings,
): Pick<LabelReading, 'exposure' | 'findings'> {
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
    matches: expandRule(rule),
    priority,
    port: port.value,
    passHostHeader: passHostHeader.value ?? true,
    healthRequired: healthRequired.value,
    refusal: refusal ?? unsupported.refusal,
  };
  return { exposure, findings: all };
}
