import type { Route } from '../model/table.ts';
import { compareClaims } from './precedence.ts';

/** A route that another service's route for the same host and path keeps out of the table. */
export interface Loss {
  readonly route: Route;
  readonly winner: Route;
}

/** Routes of which no two have the same host, path and path kind, and those that had to give way. */
export interface Settlement {
  readonly routes: readonly Route[];
  readonly losses: readonly Loss[];
}

/** Settles which route wins each host and path. The order of the input makes no difference to who wins. */
export function settleConflicts(claims: readonly Route[]): Settlement {
  const winners = new Map<string, Route>();
  const contested: Route[] = [];
  for (const claim of claims) {
    const key = claimKey(claim);
    const holder = winners.get(key);
    const wins = holder === undefined || compareClaims(claim, holder) < 0;
    if (wins) winners.set(key, claim);
    if (holder !== undefined) contested.push(wins ? holder : claim);
  }
  const losses = contested.flatMap((route) => {
    const winner = winners.get(claimKey(route));
    return winner === undefined ? [] : [{ route, winner }];
  });
  return { routes: [...winners.values()], losses };
}

/** The same for routes that match the same requests; no host and no kind contains a space. */
function claimKey({ host, pathKind, path }: Route): string {
  return `${host} ${pathKind} ${path}`;
}
