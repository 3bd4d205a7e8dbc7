import { inSegment } from '../labels/label.ts';
import type { Finding } from '../model/finding.ts';
import type { Route } from '../model/table.ts';
import { compileHostMatch } from '../routing/conditions.ts';
import { comparePrecedence } from '../routing/precedence.ts';
import { routeWords } from '../routing/words.ts';
import { groupBy } from './group.ts';

/** Pairs of routes that are compared at most: a table of thousands with as many priorities is nobody's. */
const MAX_COMPARED = 500_000;

/** Of a long list, the first are enough to see what is wrong. */
const MAX_FINDINGS = 10;

/**
 * Warns of routes that never receive a request, since one of another backend takes all of them before: only a priority can bring a
 * wider route before a narrower one. By `stack/name` of those that receive none.
 */
export function shadowedFindings(routes: readonly Route[]): ReadonlyMap<string, readonly Finding[]> {
  const wide = routes.filter(
    ({ priority, conditions, pathKind }) =>
      priority !== null && conditions.length === 0 && pathKind === 'prefix',
  );
  const compared = wide.slice(0, Math.floor(MAX_COMPARED / (routes.length + 1)));
  const findings = compared.flatMap((shadow) => {
    const takesHost = compileHostMatch(shadow);
    return routes
      .filter((route) => isShadowed(route, shadow) && coversHost(route, shadow, takesHost))
      .map((route) => ({ service: route.service, finding: shadowed(route, shadow) }));
  });
  const byService = groupBy(findings, ({ service }) => service);
  return new Map(
    [...byService].map(([id, own]) => [id, own.slice(0, MAX_FINDINGS).map(({ finding }) => finding)]),
  );
}

function isShadowed(route: Route, shadow: Route): boolean {
  return (
    route.backend !== shadow.backend && comparePrecedence(shadow, route) < 0 && coversPath(route, shadow)
  );
}

function coversPath({ path, pathKind }: Route, { path: start }: Route): boolean {
  if (start === '/') return true;
  if (pathKind !== 'exact' && pathKind !== 'prefix') return false;
  return path === start || path.startsWith(start.endsWith('/') ? start : `${start}/`);
}

function coversHost({ host, hostKind }: Route, shadow: Route, takesHost: (host: string) => unknown): boolean {
  if (shadow.hostKind === 'any') return true;
  if (hostKind === 'exact') return takesHost(host) === true;
  return hostKind === shadow.hostKind && host === shadow.host;
}

function shadowed(route: Route, shadow: Route): Finding {
  const message = `${routeWords(route)} receives no requests: ${routeWords(shadow)} of ${shadow.service} takes them before, by its priority ${shadow.priority}; give this one a higher priority, or that one none.`;
  return { code: 'route-shadowed', severity: 'warning', label: null, message, ...inSegment(route.segment) };
}
