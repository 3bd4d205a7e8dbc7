import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { Service } from '../model/service.ts';
import { readAttempts } from './attempts.ts';
import { readSharedBackend, type SharedBackend } from './backendName.ts';
import { readBalancing, type Balancing } from './balancing.ts';
import { readBool } from './readBool.ts';
import type { Publishing } from './enable.ts';
import { readFrontendRule } from './frontendRule.ts';
import type { LabelSet } from './label.ts';
import { findUnsupported } from './lint.ts';
import { readPort } from './port.ts';
import { readPriority } from './priority.ts';
import { readProtocol } from './protocol.ts';
import { expandRule, type RouteMatch } from './rule.ts';
import { readTemplateRule } from './templateRule.ts';
import { readWeight } from './weight.ts';

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
  /** The backend that it is balanced in together with others of its stack; null: balanced alone. */
  readonly sharedBackend: SharedBackend | null;
  readonly balancing: Balancing;
  /** Whether servers on our own host come first; null: as the settings say. */
  readonly preferLocal: boolean | null;
  /** Why its hosts answer 503 (fail closed), in one sentence for whoever requests it; null for a normal exposure. */
  readonly refusal: string | null;
}

/** What the labels of a service or segment were read as. */
export interface ExposureReading {
  /** Null where it is refused without a host to answer for. */
  readonly exposure: Exposure | null;
  readonly findings: readonly Finding[];
}

/** Reads the labels of a service or of one of its segments, each concern by itself. */
export function readExposure(
  labels: LabelSet,
  service: Service,
  publishing: Exclude<Publishing, 'no'>,
  settings: DeriveSettings,
): ExposureReading {
  const rule = readFrontendRule(labels) ?? readTemplateRule(labels, service, publishing, settings);
  const port = readPort(labels);
  const priority = readPriority(labels);
  const passHostHeader = readBool(labels, 'traefik.frontend.passhostheader');
  const attempts = readAttempts(labels);
  const protocol = readProtocol(labels);
  const weight = readWeight(labels);
  const sharedBackend = readSharedBackend(labels);
  const balancing = readBalancing(labels);
  const preferLocal = readBool(labels, 'traefik.prefer.local');
  const unsupported = findUnsupported(labels, settings.allowUnsupported);
  const routing = [rule, port, priority, passHostHeader, attempts, unsupported];
  const findings = [...routing, protocol, weight, sharedBackend, balancing, preferLocal].flatMap(
    (read) => read.findings,
  );
  if (rule.rule === null || port.value === null) return { exposure: null, findings };
  const exposure = {
    segment: labels.segment,
    matches: expandRule(rule.rule),
    // What was not understood is refused on whole hosts, which must not go before what others ask for there.
    priority: rule.refusal === null ? priority.priority : null,
    passHostHeader: passHostHeader.value ?? true,
    attempts: attempts.value,
    scheme: protocol.scheme,
    port: port.value,
    weight: weight.value ?? 1,
    sharedBackend: sharedBackend.value,
    balancing: balancing.balancing,
    preferLocal: preferLocal.value,
    refusal: rule.refusal ?? protocol.refusal ?? unsupported.refusal,
  };
  return { exposure, findings };
}
