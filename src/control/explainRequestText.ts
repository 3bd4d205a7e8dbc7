/** The answer of `active-lb explain --host …`, for a terminal. */

import { printable, wrap } from './explainLines.ts';
import type { ConsideredRoute, RequestExplanation, SentRequest } from './explainRequest.ts';
import type { BackendExplanation } from './explainServers.ts';
import { count } from './words.ts';

/** The steps from the request to the server, or to the answer that it gets instead. */
export function explainRequestText(explanation: RequestExplanation): string {
  const { summary, request, considered, unlisted, winner, sent, backend, hints } = explanation;
  const lines = [
    ...wrap(summary, '', '  '),
    '',
    'request',
    ...item(`${request.method} ${request.target}`),
    ...item(`host ${request.host}`),
    ...(request.path === null || request.path === request.target
      ? []
      : item(`path for matching ${request.path}`)),
    ...request.headers.flatMap((name) => item(`header ${name}`)),
    '',
    considered.length === 0
      ? 'no route concerns this host'
      : `${count(considered.length + unlisted, 'route')} to consider, in this order`,
    ...considered.flatMap(explainConsidered),
    ...(unlisted === 0 ? [] : item(`… and ${unlisted} more`)),
    ...(winner === null
      ? []
      : [
          '',
          ...wrap(`winner: ${winner.service}, ${winner.route}`, '', '  '),
          ...winner.reasons.flatMap(item),
        ]),
    ...(sent === null ? [] : ['', 'sent on', ...explainSent(sent)]),
    ...(backend === null ? [] : ['', ...explainBackendText(backend)]),
    ...(hints.length === 0 ? [] : ['', 'hints', ...hints.flatMap(({ text }) => item(text))]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A backend with its servers, and the containers that are none. */
export function explainBackendText(backend: BackendExplanation): readonly string[] {
  return [
    printable(`backend ${backend.id}`),
    ...backend.balancing.flatMap(item),
    ...backend.servers.flatMap(({ id, url, weight, receives, sharePercent, why }) => [
      `  ${receives ? '+' : '-'} server ${printable(id)}`,
      ...wrap(
        receives
          ? `${url}, weight ${weight}: ${sharePercent} % of new clients`
          : `${url}, no requests: ${why}`,
        '      ',
        '      ',
      ),
    ]),
    ...backend.containers.flatMap(({ service, name, reason, why }) => [
      `  - container ${printable(name)} of ${printable(service)}`,
      ...wrap(`no requests: ${why} (${reason})`, '      ', '      '),
    ]),
  ];
}

function item(text: string): readonly string[] {
  return wrap(text, '  ', '    ');
}

function explainConsidered({ route, service, segment, priority, takes, tests }: ConsideredRoute) {
  const of = `${service}${segment === null ? '' : ` (segment ${segment})`}`;
  const rank = priority === null ? '' : `, priority ${priority}`;
  return [
    ...wrap(`${takes ? '+' : '-'} ${of}: ${route}${rank}`, '  ', '      '),
    ...tests.flatMap(({ asks, passed, why }) =>
      wrap(passed ? `yes: ${asks}` : `no: ${asks}; ${why}`, '      ', '          '),
    ),
  ];
}

function explainSent({ target, rewrite, forwardedPrefix, host }: SentRequest): readonly string[] {
  return [
    ...item(target),
    ...rewrite.flatMap((step) => wrap(step, '      ', '      ')),
    ...item(`Host: ${host ?? "the server's own address"}`),
    ...(forwardedPrefix === null ? [] : item(`X-Forwarded-Prefix: ${forwardedPrefix}`)),
  ];
}
