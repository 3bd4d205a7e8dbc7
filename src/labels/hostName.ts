import type { DeriveSettings } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import { fillHostTemplate } from '../model/hostTemplate.ts';
import type { Publishing } from './enable.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

/** How the host of a service is made of its names and a domain. */
export interface HostMaker {
  /** The host under a domain; with null, the one that it has without any. Not yet checked. */
  readonly hostUnder: (domain: string | null) => string;
  /** The label that says how; null where none does. */
  readonly template: Label | null;
  /** Whether a domain makes a difference. */
  readonly needsDomain: boolean;
}

const USUAL = '{service}.{stack}.{domain}';
const WITHOUT_DOMAIN = '{service}.{stack}';

/**
 * Reads how hosts are made: by `traefik.host.template`, else the template of the settings, else as `<service>.<stack>.<domain>`;
 * of a service that is published as its stack, always as `<stack>.<domain>`. A label that is no template refuses.
 */
export function readHostMaker(
  labels: LabelSet,
  { stack, name }: { readonly stack: string; readonly name: string },
  publishing: Exclude<Publishing, 'no'>,
  settings: Pick<DeriveSettings, 'hostTemplate'>,
): Understood<HostMaker> {
  const label = labels.given('traefik.host.template');
  if (publishing === 'stack') {
    const hostUnder = (domain: string | null): string => (domain === null ? stack : `${stack}.${domain}`);
    return {
      value: { hostUnder, template: null, needsDomain: true },
      findings: label === null ? [] : [ineffective(label)],
    };
  }
  const template = label?.value.trim() ?? settings.hostTemplate ?? USUAL;
  const fill = (text: string, domain: string): string | null =>
    fillHostTemplate(text, { service: name, stack, domain });
  if (label !== null && fill(template, '') === null)
    return { value: null, findings: [invalid(label, labels.subject(label))] };
  const needsDomain = template.includes('{domain}');
  const hostUnder = (domain: string | null): string => {
    const usable = domain === null && needsDomain ? WITHOUT_DOMAIN : template;
    return fill(usable, domain ?? '') ?? '';
  };
  return { value: { hostUnder, template: label, needsDomain }, findings: [] };
}

function ineffective(label: Label): Finding {
  const message = `${label.key} has no effect: traefik.enable=stack publishes as <stack>.<domain>; set traefik.enable=true for the template, or remove it.`;
  return findingOf(label, 'label-overridden', 'warning', message);
}

function invalid(label: Label, subject: string): Finding {
  const message = `${label.key} is ${shown(label.value)}, which is not a host template such as "{service}-{stack}.{domain}": it may have no other braces than {service}, {stack} and {domain}. So ${subject} is refused.`;
  return findingOf(label, 'invalid-label', 'error', message);
}
