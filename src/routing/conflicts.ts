import type { Route } from '../model/table.ts';
import { compareClaims } from './precedence.ts';

/** A route that another service's route for the same requests keeps out of the table. */
export interface Loss {
  readonly route: Route;
  readonly winner: Route;
}

/** Routes of which no two match exactly the same requests, and those that had to give way. */
export interface Settlement {
  readonly routes: readonly Route[];
  readonly losses: readonly Loss[];
}

/** Settles which route wins where several match exactly the same requests. The order of the input makes no difference to who wins. */
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
export function claimKey({ host, hostKind, pathKind, path, conditions }: Route): string {
  const key = `${hostKind} ${host} ${pathKind} ${path}`;
  return conditions.length === 0 ? key : `${key} ${JSON.stringify(conditions)}`;
}
