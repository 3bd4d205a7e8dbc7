import type { DeriveSettings } from '../model/derivation.ts';
import type { Service } from '../model/service.ts';
import type { Publishing } from './enable.ts';
import { readHosts } from './hosts.ts';
import type { LabelSet } from './label.ts';
import { readPaths } from './paths.ts';
import { countRoutes, MAX_ROUTES, type RuleReading } from './rule.ts';

/** Reads the rule that a service asks for with labels of the community template's, or by its name alone. */
export function readTemplateRule(
  labels: LabelSet,
  service: Service,
  publishing: Publishing,
  settings: DeriveSettings,
): RuleReading {
  const hosts = readHosts(labels, service, publishing, settings.defaultDomain);
  const { paths, rewrite, broken, findings } = readPaths(labels);
  const said = [...hosts.findings, ...findings];
  if (hosts.value === null) return { rule: null, refusal: null, findings: said };
  const whole = { hosts: [hosts.value], paths: [], conditions: [], rewrite: null };
  if (broken !== null) {
    return { rule: whole, refusal: `its label ${broken.key} cannot be understood`, findings: said };
  }
  const rule = { ...whole, paths, rewrite };
  if (paths.length > 0 && countRoutes(rule) > MAX_ROUTES) {
    const message = `The hosts and paths of the service make more than ${MAX_ROUTES} routes, so it is refused; ask for fewer hosts or paths.`;
    const tooMany = { code: 'invalid-label', severity: 'error', label: null, message } as const;
    return { rule: whole, refusal: 'its labels ask for too many routes', findings: [...said, tooMany] };
  }
  return { rule, refusal: null, findings: said };
}
