import type { Derivation } from '../model/derivation.ts';
import type { Finding } from '../model/finding.ts';
import { shown } from '../labels/shown.ts';
import { nearest } from '../model/nearest.ts';
import type { ContainerReport, ServiceReport } from '../model/report.ts';
import type { Route } from '../model/table.ts';
import { rewriteWords, routeWords } from '../routing/words.ts';
import { printable } from './explainLines.ts';
import { explainLabels, type LabelExplanation } from './explainLabels.ts';
import { NO_CONDITIONS, type Conditions } from './conditions.ts';
import { explainBackend, type BackendExplanation } from './explainServers.ts';
import { outcomeSentence, serviceState, type ServiceState } from './words.ts';

/** How a service was understood and what became of it: the answer of `/api/explain?service=…`. */
export interface ServiceExplanation {
  /** `stack/name`. */
  readonly service: string;
  readonly state: ServiceState;
  /** What happens to requests for its hosts, in one sentence. */
  readonly summary: string;
  readonly labels: readonly LabelExplanation[];
  /** What no label says, a sentence each. */
  readonly defaults: readonly string[];
  readonly hosts: readonly string[];
  /** In the order of the table. */
  readonly routes: readonly ServiceRoute[];
  /** One for each segment, or one for the service as a whole; none where it is not routed. */
  readonly backends: readonly BackendExplanation[];
  readonly containers: readonly ContainerReport[];
  readonly findings: readonly Finding[];
}

export interface ServiceRoute {
  /** Which requests it takes, in words. */
  readonly route: string;
  /** Whose it is: another's is that of a service that shares the backend. */
  readonly service: string;
  readonly segment: string | null;
  readonly priority: number | null;
  readonly backend: string;
  /** What is done to the path. */
  readonly rewrite: readonly string[];
  /** Why its requests are answered 503; null for a normal route. */
  readonly refusal: string | null;
}

/** Explains one service; null where none with that `stack/name` carries a `traefik.*` label. */
export function explainService(
  { table, services }: Derivation,
  id: string,
  conditions: Conditions = NO_CONDITIONS,
): ServiceExplanation | null {
  const report = services.find((each) => each.id === id);
  if (report === undefined) return null;
  // Of services that share a backend and ask for the same requests, one alone has the route.
  const routes = table.routes.filter(
    (route) => route.service === id || (report.backends.includes(route.backend) && route.refusal === null),
  );
  return {
    service: id,
    state: serviceState(report),
    summary: outcomeSentence(report),
    labels: explainLabels(report),
    defaults: defaultsOf(report),
    hosts: report.hosts,
    routes: routes.map(viewRoute),
    backends: table.backends
      .filter((backend) => report.backends.includes(backend.id))
      .map((backend) => explainBackend(backend, services, conditions)),
    containers: report.containers,
    findings: report.findings,
  };
}

/** Says that a service is not there, and which one may be meant. */
export function noSuchService(id: string, services: readonly ServiceReport[]): string {
  const hint = nearestHint(
    id,
    services.map((report) => report.id),
  );
  return `no service ${shown(id)} carries a traefik.* label${hint}`;
}

/** `; the nearest one is stack/name`, of these ids; nothing where there are none. */
export function nearestHint(id: string, ids: readonly string[]): string {
  const near = nearestService(id.toLowerCase(), ids);
  return near === null ? '' : `; the nearest one is ${printable(near)}`;
}

/** One that was given without its stack, or not to its end, is nearer than any misspelling. */
function nearestService(id: string, ids: readonly string[]): string | null {
  const holds = (each: string): boolean => each.startsWith(id) || each.endsWith(`/${id}`);
  return ids.find((each) => holds(each.toLowerCase())) ?? nearest(id, ids);
}

function viewRoute(route: Route): ServiceRoute {
  const { service, segment, priority, backend, rewrite, refusal } = route;
  return {
    route: routeWords(route),
    service,
    segment,
    priority,
    backend,
    rewrite: rewriteWords(rewrite),
    refusal,
  };
}

/** What was taken because no label says otherwise. A service that is not published takes none. */
function defaultsOf(report: ServiceReport): readonly string[] {
  if (report.hosts.length === 0) return [];
  const names = new Set(Object.keys(report.labels).map((key) => key.toLowerCase()));
  const isOfSegments = [...names].some((name) => /^traefik\.[^.]+\.port$/.test(name));
  const hasRule = [...names].some((name) => name.endsWith('frontend.rule'));
  const hasDomain = [...names].some((name) => name.endsWith('.domain'));
  return [
    ...(names.has('traefik.port') || isOfSegments
      ? []
      : ['requests go to port 80 of its containers, since no label traefik.port says otherwise']),
    ...(hasRule || hasDomain ? [] : [defaultDomain(report)]),
    ...(names.has('traefik.health.required')
      ? []
      : [
          'LB_HEALTH_REQUIRED decides whether its containers need a health check, since no label traefik.health.required does',
        ]),
  ];
}

/** The default domain is what its hosts have behind its name. */
function defaultDomain({ hosts, name, stack }: ServiceReport): string {
  const own = `${name}.${stack}`.toLowerCase();
  if (hosts.includes(own))
    return `its host is ${own} alone, since neither traefik.domain nor LB_DEFAULT_DOMAIN is set`;
  return 'its hosts end as LB_DEFAULT_DOMAIN or LB_HOST_TEMPLATE says, since no label traefik.domain does';
}
