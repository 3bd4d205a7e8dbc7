/** The answer of `active-lb explain`: plain text for a terminal, at most 80 columns wherever a name is not longer than that. */

import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { Server } from '../model/table.ts';
import { printable, wrap } from './explainLines.ts';
import type { RouteView } from './views.ts';
import { viewRoutes } from './views.ts';
import {
  REASON_WORDS,
  STATE_WORDS,
  count,
  isError,
  outcomeSentence,
  serviceState,
  servicesSentence,
} from './words.ts';

/** The routes, then every service that carries a `traefik.*` label: whether it is routed, why not, and what to change. */
export function explainText(derivation: Derivation): string {
  const { table, services } = derivation;
  const lines = [
    ...explainRoutes(viewRoutes(table)),
    '',
    count(services.length, 'service').concat(' with traefik.* labels'),
    ...services.flatMap((report) => ['', ...explainService(report)]),
    ...(services.length === 0 ? [] : ['', servicesSentence(services)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether some service, or a part of one, is not routed because of an error: exit status 1 of `active-lb explain`. */
export function hasRefusal(derivation: Derivation): boolean {
  return derivation.services.some((report) => report.findings.some(isError));
}

function explainRoutes(routes: readonly RouteView[]): readonly string[] {
  return [count(routes.length, 'route'), ...routes.flatMap(explainRoute)];
}

function explainRoute(route: RouteView): readonly string[] {
  const path = route.pathKind === 'exact' ? `${route.path} (exactly)` : route.path;
  const priority = route.priority === null ? '' : `, priority ${route.priority}`;
  const outcome = route.refusal === null ? count(route.servers.length, 'server') : 'refused, answers 503';
  const segment = route.segment === null ? '' : ` (segment ${route.segment})`;
  return [
    `  ${printable(`${route.host}${path}`)}`,
    ...route.conditions.flatMap((condition) => wrap(`if ${condition}`, '     ', '        ')),
    ...wrap(`-> ${route.service}${segment}, ${outcome}${priority}`, '     ', '        '),
    ...route.rewrite.flatMap((step) => wrap(step, '        ', '        ')),
  ];
}

function explainService(report: ServiceReport): readonly string[] {
  const ofContainer = (name: string) => report.servers.filter(({ id }) => id === name);
  const names = new Set(report.containers.map(({ name }) => name));
  const others = report.servers.filter(({ id }) => !names.has(id));
  return [
    `${printable(report.id)}: ${STATE_WORDS[serviceState(report)]}`,
    ...wrap(outcomeSentence(report), '  ', '  '),
    ...report.hosts.map((host) => `  host ${printable(host)}`),
    ...report.containers.flatMap((container) => explainContainer(container, ofContainer(container.name))),
    ...others.flatMap((server) => [
      `  + server ${printable(server.id)}`,
      ...wrap(serverWords(server), '      ', '      '),
    ]),
    ...report.findings.flatMap(explainFinding),
  ];
}

/** `servers`: what it is, one for each port that is published. */
function explainContainer({ name, reason }: ContainerReport, servers: readonly Server[]): readonly string[] {
  return [
    `  ${reason === null ? '+' : '-'} container ${printable(name)}`,
    ...outcomesOf(reason, servers).flatMap((outcome) => wrap(outcome, '      ', '      ')),
  ];
}

function outcomesOf(reason: ContainerReport['reason'], servers: readonly Server[]): readonly string[] {
  if (reason !== null) return [`no requests: ${REASON_WORDS[reason]} (${reason})`];
  if (servers.length === 0) return ['eligible, but its service is not routed'];
  return servers.map((server) => `eligible: ${serverWords(server)}`);
}

function serverWords({ url, weight, hostname }: Server): string {
  const name = hostname === null ? '' : ` (${hostname})`;
  return `${url}${name}${weight === 1 ? '' : `, weight ${weight}`}`;
}

function explainFinding({ severity, code, label, message }: Finding): readonly string[] {
  const about = label === null ? '' : ` (${label})`;
  return [`  ${severity} ${code}${printable(about)}`, ...wrap(message, '      ', '      ')];
}
