/** The answer of `active-lb explain --service stack/name`, for a terminal. */

import { printable, wrap } from './explainLines.ts';
import { EFFECT_WORDS, type LabelExplanation } from './explainLabels.ts';
import type { Finding } from '../model/finding.ts';
import { explainBackendText } from './explainRequestText.ts';
import type { ServiceExplanation, ServiceRoute } from './explainService.ts';
import { REASON_WORDS, STATE_WORDS } from './words.ts';

/** What each label does, and the result. */
export function explainServiceText(explanation: ServiceExplanation): string {
  const { service, state, summary, labels, defaults, routes, backends, containers, findings } = explanation;
  // The others stand at their backend.
  const idle = backends.length > 0 ? [] : containers;
  const told = new Set(labels.flatMap((label) => label.findings));
  const others = findings.filter((finding) => !told.has(finding));
  const lines = [
    `${printable(service)}: ${STATE_WORDS[state]}`,
    ...wrap(summary, '  ', '  '),
    '',
    'labels',
    ...labels.flatMap(explainLabel),
    ...section('what no label says', defaults.flatMap(item)),
    ...section(
      'routes',
      routes.flatMap((route) => explainRoute(route, service)),
    ),
    ...backends.flatMap((backend) => ['', ...explainBackendText(backend)]),
    ...section(
      'containers',
      idle.flatMap(({ name, reason }) =>
        item(
          reason === null
            ? `+ ${name}: eligible, but its service is not routed`
            : `- ${name}: no requests: ${REASON_WORDS[reason]} (${reason})`,
        ),
      ),
    ),
    ...section('findings', others.flatMap(explainFinding)),
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function item(text: string): readonly string[] {
  return wrap(text, '  ', '      ');
}

function explainLabel({ label, value, meaning, effect, findings }: LabelExplanation): readonly string[] {
  const says = effect === 'no-effect' ? '; it says: ' : ': ';
  return [
    ...wrap(`${label}=${value}`, '  ', '      '),
    ...wrap(`${EFFECT_WORDS[effect]}${meaning === null ? '' : `${says}${meaning}`}`, '      ', '      '),
    ...findings.flatMap(explainFinding),
  ];
}

function explainFinding({ severity, code, message }: Finding): readonly string[] {
  return wrap(`${severity} ${code}: ${message}`, '      ', '          ');
}

function explainRoute(
  { route, service, segment, priority, rewrite, refusal }: ServiceRoute,
  asked: string,
): readonly string[] {
  const owner = service === asked ? '' : `, of ${service}, which shares the backend`;
  const of = segment === null ? '' : `, segment ${segment}`;
  const rank = priority === null ? '' : `, priority ${priority}`;
  return [
    ...item(`${route}${owner}${of}${rank}`),
    ...rewrite.flatMap((step) => wrap(step, '      ', '      ')),
    ...(refusal === null ? [] : wrap(`answers 503: ${refusal}`, '      ', '      ')),
  ];
}
