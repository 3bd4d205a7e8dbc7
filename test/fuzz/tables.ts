import { createHash } from 'node:crypto';
import type { Condition, Rewrite, Route, Server, Table } from '../../src/model/table.ts';
import { backendWith, routeOf, serverOf } from '../support/model.ts';
import type { TableName } from './case.ts';

/** A port on which nothing ever listens. */
const DEAD_PORT = 1;

const NO_REWRITE: Rewrite = { strip: [], addPrefix: '', replacePattern: null, replacePath: null };

/** The name of the cookie of sticky backends. */
export const STICKY_COOKIE = 'stick';

const MAIN = 'test/main';
const OTHER = 'test/other';

/** Routes nothing: what was kept of the table before is let go. */
export const EMPTY_TABLE: Table = { id: 'empty', routes: [], backends: [] };

/**
 * The table of that name, for two servers at these ports of an address: `a.test` is what the name says, `b.test` is plain,
 * `refused.test` is refused, `empty.test` has no servers, and nothing else is routed.
 */
export function tableNamed(name: TableName, address: string, ports: readonly number[]): Table {
  const [first, second] = ports.map((port, i) => serverOf(`server-${i + 1}`, `http://${address}:${port}`));
  const dead = serverOf('server-dead', `http://${address}:${DEAD_PORT}`);
  const main = {
    servers: serversOf(name, first!, second!, dead),
    stickiness:
      name === 'sticky'
        ? ({ cookie: STICKY_COOKIE, secure: true, httpOnly: true, sameSite: 'lax' } as const)
        : null,
  };
  return {
    id: name,
    routes: [
      ...mainRoutes(name),
      routeOf('b.test', OTHER),
      routeOf('empty.test', 'test/empty'),
      routeOf('refused.test', OTHER, { refusal: 'closed' }),
    ],
    backends: [
      backendWith('test/empty', []),
      backendWith(MAIN, main.servers, { stickiness: main.stickiness }),
      backendWith(OTHER, [second!]),
    ],
  };
}

/** What names a server of the main backend in a cookie (`ServerTraffic.stickyId`). */
export function stickyIds(ports: readonly number[]): readonly string[] {
  return ports.map((port, i) =>
    createHash('sha256')
      .update([MAIN, `server-${i + 1}`, port].join('\n'))
      .digest('hex')
      .slice(0, 16),
  );
}

function serversOf(name: TableName, first: Server, second: Server, dead: Server): readonly Server[] {
  if (name === 'sticky' || name === 'two servers') return [first, second];
  if (name === 'one dead') return [first, dead];
  return name === 'all dead' ? [dead] : [first];
}

const CONDITIONS: readonly Condition[] = [
  { what: 'field', name: 'X-Kind', value: 'odd' },
  { what: 'method', anyOf: ['GET', 'POST'] },
  { what: 'query', name: 'q', value: 'v' },
];

function mainRoutes(name: TableName): readonly Route[] {
  if (name === 'strip prefix') {
    const rewrite: Rewrite = { ...NO_REWRITE, strip: [{ path: '/app', pathKind: 'prefix' }] };
    return [mainRoute({ path: '/app', rewrite }), mainRoute()];
  }
  if (name === 'add prefix') return [mainRoute({ rewrite: { ...NO_REWRITE, addPrefix: '/v1' } })];
  if (name === 'own host') return [mainRoute({ passHostHeader: false })];
  if (name === 'conditions') {
    return [
      ...CONDITIONS.map((condition) => routeOf('a.test', OTHER, { conditions: [condition] })),
      mainRoute(),
    ];
  }
  return [mainRoute()];
}

function mainRoute(given: Partial<Route> = {}): Route {
  return routeOf('a.test', MAIN, given);
}
