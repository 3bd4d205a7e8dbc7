import type { Derivation } from '../../src/model/derivation.ts';
import type {
  Backend,
  BreakerCondition,
  BreakerMetric,
  HealthCheck,
  Rewrite,
  Route,
  Server,
  Stickiness,
} from '../../src/model/table.ts';
import { routeWords } from '../../src/routing/words.ts';

/** Writes a derivation as golden files expect it: routes with their backends, then services with containers and findings. What is as always is left out. */
export function renderDerivation({ table, services }: Derivation): string {
  const lines: string[] = [];
  for (const route of table.routes) {
    const backend = table.backends.find(({ id }) => id === route.backend)!;
    lines.push(
      routeLine(route),
      ...balancingLines(backend),
      ...backend.servers.map((server) => `  ${serverWords(server)}`),
    );
  }
  for (const { id, routed, containers, findings } of services) {
    lines.push('', `${id} ${routed ? 'is routed' : 'is not routed'}`);
    const idle = containers.filter(({ eligible }) => !eligible);
    lines.push(...idle.map(({ name, reason }) => `  ${name}: ${reason}`));
    for (const { severity, code, segment, message } of findings) {
      const where = segment === undefined ? '' : ` (segment ${segment})`;
      lines.push(`  ${severity} ${code}${where}: ${message}`);
    }
  }
  return `${lines.join('\n').trim()}\n`;
}

function routeLine(route: Route): string {
  const { service, segment, backend, priority, attempts } = route;
  const usual = segment === null ? service : `${service}/${segment}`;
  const traits = [
    ...(segment === null ? [] : [`segment ${segment}`]),
    ...(priority === null ? [] : [`priority ${priority}`]),
    ...(backend === usual ? [] : [`backend ${backend}`]),
    ...(attempts === null ? [] : [`at most ${attempts} attempts`]),
    ...(route.passHostHeader ? [] : ['server sees its own address as Host']),
  ];
  const refusal = route.refusal === null ? '' : `: 503, ${route.refusal}`;
  return `${routeWords(route)} → ${service}${inBrackets(traits)}${rewriteWords(route.rewrite)}${refusal}`;
}

/** ` (a) (b)` */
function inBrackets(traits: readonly string[]): string {
  return traits.map((trait) => ` (${trait})`).join('');
}

/** What happens to the path. */
function rewriteWords(rewrite: Rewrite | null): string {
  if (rewrite === null) return '';
  const { strip, addPrefix, replacePattern, replacePath } = rewrite;
  const steps = [
    ...strip.map(({ path, pathKind }) => `strip ${pathKind} ${path}`),
    ...(addPrefix === '' ? [] : [`add ${addPrefix}`]),
    ...(replacePattern === null
      ? []
      : [`replace ${replacePattern.pattern} by ${replacePattern.replacement}`]),
    ...(replacePath === null ? [] : [`send ${replacePath}`]),
  ];
  return ` [${steps.join(', ')}]`;
}

function balancingLines({ method, stickiness, circuitBreaker, healthCheck }: Backend): readonly string[] {
  return [
    ...(method === 'wrr' ? [] : [`  balanced by ${method}`]),
    ...(stickiness === null ? [] : [`  sticky by the cookie ${stickinessWords(stickiness)}`]),
    ...(circuitBreaker === null ? [] : [`  breaker opens when ${conditionWords(circuitBreaker.condition)}`]),
    ...(healthCheck === null ? [] : [`  checked by ${checkWords(healthCheck)}`]),
  ];
}

function stickinessWords({ cookie, secure, httpOnly, sameSite }: Stickiness): string {
  const traits = [
    ...(secure ? ['secure'] : []),
    ...(httpOnly ? ['httpOnly'] : []),
    ...(sameSite === null ? [] : [`sameSite ${sameSite}`]),
  ];
  return `${cookie}${inBrackets(traits)}`;
}

/** With every pair of parentheses that the tree has. */
function conditionWords(condition: BreakerCondition): string {
  if (condition.kind === 'not') return `not (${conditionWords(condition.of)})`;
  if (condition.kind === 'compare')
    return `${metricWords(condition.metric)} ${condition.operator} ${condition.value}`;
  return `(${conditionWords(condition.left)}) ${condition.kind} (${conditionWords(condition.right)})`;
}

function metricWords(metric: BreakerMetric): string {
  if (metric.kind === 'network-error-ratio') return 'network errors';
  if (metric.kind === 'latency-at-quantile') return `latency at ${metric.quantile}%`;
  return `statuses ${metric.from}–${metric.to} of ${metric.dividedFrom}–${metric.dividedTo}`;
}

function checkWords(check: HealthCheck): string {
  const { path, intervalMs, timeoutMs, port, scheme, hostname, fields } = check;
  const traits = [
    ...(port === null ? [] : [`port ${port}`]),
    ...(scheme === null ? [] : [scheme]),
    ...(hostname === null ? [] : [`Host ${hostname}`]),
    ...(fields.length === 0 ? [] : [`fields ${JSON.stringify(fields)}`]),
  ];
  return `${path} every ${intervalMs} ms, at most ${timeoutMs} ms${inBrackets(traits)}`;
}

function serverWords({ id, url, weight, hostname, isPreferred }: Server): string {
  const traits = [
    ...(weight === 1 ? [] : [`weight ${weight}`]),
    ...(hostname === null ? [] : [`named ${hostname}`]),
    ...(isPreferred ? [] : ['not preferred']),
  ];
  return `${id} ${url}${inBrackets(traits)}`;
}
