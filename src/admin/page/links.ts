import type { EntrypointStatus } from '../../control/status.ts';
import type { RouteView } from '../../control/views.ts';

/** Lone surrogates, which may stand in JSON but in no URL. */
const LONE_SURROGATES = /[\ud800-\udfff]/gu;

/** The `id` of a service's element, also as the fragment of a link to it. */
export function serviceAnchor(id: string): string {
  return `service-${encode(id)}`;
}

/** To the page with nothing but what matches. */
export function filterHref(words: string): string {
  return `/?q=${encode(words)}`;
}

/** To how a service was understood. */
export function explainHref(service: string): string {
  return `/explain?service=${encode(service)}`;
}

/**
 * Where a browser finds a route, if it resolves the host to this machine; null where nothing answers there, or where the host
 * is not a plain name or the path a pattern. Always an `http:` URL, whatever the labels say.
 */
export function routeHref(route: RouteView, entrypoints: readonly EntrypointStatus[]): string | null {
  const entrypoint = entrypoints.find(({ state }) => state === 'listening');
  if (entrypoint === undefined || route.refusal !== null) return null;
  if (route.pathKind !== 'exact' && route.pathKind !== 'prefix') return null;
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(route.host) || !route.path.startsWith('/')) return null;
  const port = entrypoint.port === 80 ? '' : `:${entrypoint.port}`;
  return `http://${route.host}${port}${encodeURI(route.path.replace(LONE_SURROGATES, '\ufffd'))}`;
}

function encode(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATES, '\ufffd'));
}
