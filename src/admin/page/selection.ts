import type { Install } from '../../control/status.ts';
import type { RouteView } from '../../control/views.ts';
import { viewRoutes } from '../../control/views.ts';
import type { Route } from '../../model/table.ts';
import type { ServiceReport } from '../../model/report.ts';
import { viewsOf } from '../installViews.ts';

/** More of a kind than this make a page slow and help nobody; the filter finds the rest. */
export const MAX_SHOWN = 300;

const MAX_FILTER_LENGTH = 200;

/** The first `MAX_SHOWN` of what matches, and how many there are. */
export interface Excerpt<T> {
  readonly shown: readonly T[];
  readonly total: number;
}

export interface Selection {
  /** As it stands in the filter's field; empty: everything matches. */
  readonly filter: string;
  /** All that match, those with findings first. */
  readonly matching: readonly ServiceReport[];
  readonly services: Excerpt<ServiceReport>;
  readonly routes: Excerpt<RouteView>;
}

/**
 * What of an install the page shows. Every word of the filter must stand somewhere in a service: its name, a host, a server, a
 * container, a finding. A route is shown with its service, or where the words stand in its own host and path.
 */
export function select(install: Install, filter: string): Selection {
  const trimmed = filter.trim().slice(0, MAX_FILTER_LENGTH);
  const words = trimmed.toLowerCase().split(/\s+/).filter(Boolean);
  const hasWords = (text: string) => words.every((word) => text.includes(word));

  const matching = viewsOf(install)
    .ranked.filter(({ searchText }) => hasWords(searchText))
    .map(({ report }) => report);
  const ids = new Set(matching.map(({ id }) => id));
  const { table } = install.derivation;
  const routes = table.routes.filter((route) => ids.has(route.service) || hasWords(routeText(route)));
  return {
    filter: trimmed,
    matching,
    services: { shown: matching.slice(0, MAX_SHOWN), total: matching.length },
    routes: {
      shown: viewRoutes({ ...table, routes: routes.slice(0, MAX_SHOWN) }, install.conditions),
      total: routes.length,
    },
  };
}

function routeText({ host, path, service }: Route): string {
  return `${host}${path} ${service}`.toLowerCase();
}
