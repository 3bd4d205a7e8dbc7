import type { DeriveSettings } from '../model/derivation.ts';
import type { Service } from '../model/service.ts';
import type { Publishing } from './enable.ts';
import { readHosts } from './hosts.ts';
import { inSegment, type LabelSet } from './label.ts';
import { readPaths } from './paths.ts';
import { MAX_ROUTES, surplusOf, type RuleReading } from './rule.ts';

/** Reads the rule that a service or segment asks for with labels of the community template's, or by its name alone. */
export function readTemplateRule(
  labels: LabelSet,
  service: Service,
  publishing: Exclude<Publishing, 'no'>,
  settings: DeriveSettings,
): RuleReading {
  const hosts = readHosts(labels, service, publishing, settings);
  const { paths, rewrite, broken, findings: ofPaths } = readPaths(labels);
  const said = [...hosts.findings, ...ofPaths];
  if (hosts.value === null) return { rule: null, refusal: null, findings: said };
  const whole = { hosts: [hosts.value.slice(0, MAX_ROUTES)], paths: [], conditions: [], rewrite: null };
  if (broken !== null) {
    return { rule: whole, refusal: `its label ${broken.key} cannot be understood`, findings: said };
  }
  const rule = { ...whole, hosts: [hosts.value], paths, rewrite };
  const surplus = surplusOf(rule);
  if (surplus !== null) {
    const message = `The hosts and paths of ${labels.subject(null)} make more than ${surplus}, so it is refused; ask for fewer hosts or paths.`;
    const tooMany = { code: 'invalid-label', severity: 'error', label: null, message } as const;
    const findings = [...said, { ...tooMany, ...inSegment(labels.segment) }];
    return { rule: whole, refusal: 'its labels ask for too many routes', findings };
  }
  return { rule, refusal: null, findings: said };
}
