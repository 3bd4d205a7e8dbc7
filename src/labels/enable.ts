import type { Finding } from '../model/finding.ts';
import { parseBool } from './bool.ts';
import type { LabelSet, Understood } from './label.ts';
import { shown } from './shown.ts';

/** How a service asks to be published: not at all, as `<service>.<stack>`, or as `<stack>`. */
export type Publishing = 'no' | 'service' | 'stack';

/** Reads `traefik.enable`; anything but true, false and `stack` refuses, for nobody can know what was meant. */
export function readEnable(labels: LabelSet): Understood<Publishing> {
  const label = labels.get('traefik.enable');
  if (label === undefined) {
    const message =
      'The service is not published: it has traefik.* labels, but traefik.enable is not among them; set it to "true".';
    return { value: 'no', findings: [notEnabled('traefik.enable', message)] };
  }
  if (label.value === 'stack') return { value: 'stack', findings: [] };
  const enabled = parseBool(label.value);
  if (enabled === true) return { value: 'service', findings: [] };
  if (enabled === false) {
    const message = `The service is not published, as ${label.key}=${label.value} asks for.`;
    return { value: 'no', findings: [notEnabled(label.key, message)] };
  }
  const message = `${label.key} is ${shown(label.value)}; it must be "true", "stack" or "false", so the service is refused.`;
  return {
    value: null,
    findings: [{ code: 'invalid-enable', severity: 'error', label: label.key, message }],
  };
}

function notEnabled(label: string, message: string): Finding {
  return { code: 'not-enabled', severity: 'info', label, message };
}
