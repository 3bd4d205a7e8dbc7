import type { EntrypointStatus } from '../control/status.ts';
import type { RouteView } from '../control/views.ts';

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
  return `http://${route.host}${port}${encoded(route.path)}`;
}

/** A path is percent-encoded already, as far as its label was one. */
function encoded(path: string): string {
  return encodeURI(path.replace(/\p{Cs}/gu, '\ufffd'))
    .replace(/%25([\dA-F]{2})/gi, '%$1')
    .replace(/[?#]/g, encodeURIComponent);
}
