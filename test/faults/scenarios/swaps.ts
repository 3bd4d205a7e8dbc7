import { once } from 'node:events';
import type { Table } from '../../../src/model/table.ts';
import type { FromProxy } from '../../../src/proxy/messages.ts';
import { startThread } from '../../../src/thread.ts';
import { cleanup } from '../../support/cleanup.ts';
import { testConfig } from '../../support/daemon.ts';
import { table } from '../../support/proxy.ts';
import { aloneWith, tellTable } from '../../support/proxyThread.ts';
import { startFleet, type Fleet } from '../../stage/fleet.ts';
import { Load } from '../../stage/load.ts';
import type { Scenario, Scene } from '../scenario.ts';

const SWAPS = 200;

/** The daemon reads metadata once a second at most; the proxy thread is told faster here than it ever could. */
async function run(scene: Scene): Promise<void> {
  const { score } = scene;
  const fleet = await startFleet(scene, ['a-1', 'a-2', 'a-3', 'a-4']);
  const worker = startThread('proxy/thread', aloneWith(testConfig({}).proxy));
  cleanup(scene, () => worker.terminate());
  worker.on('error', (error) => score.broken.push(String(error)));
  let port = 0;
  const install = async (nth: number): Promise<void> => {
    // One server is always another's turn to be away, and sometimes all but one are.
    const stay = fleet.servers.filter((_, k) => (nth % 10 === 9 ? k === nth % 4 : k !== nth % 4));
    const servers = stay.map(({ name }) => ({ id: name, port: fleet.port }));
    const next = atTheirAddresses(table({ 'a.test': { servers }, [`b-${nth}.test`]: { servers } }), fleet);
    tellTable(worker, next);
    for (;;) {
      const [told] = (await once(worker, 'message')) as [FromProxy];
      if (told.kind === 'listening') ({ port } = told);
      if (told.kind === 'installed' && told.tableId === next.id) return;
    }
  };
  await install(0);
  const load = Load.start(scene, {
    port,
    hosts: new Map([['a.test', new Set(fleet.servers.map(({ name }) => name))]]),
  });
  for (let nth = 1; nth <= SWAPS; nth++) {
    await install(nth);
    score.faults += 1;
    await load.more(scene.isQuick ? 4 : 20);
  }
  await load.end();
  score.held(load);
  for (const nonce of fleet.seen.repeated) score.broken.push(`${nonce} reached servers twice`);
}

/** The table's servers, where the fleet has them. */
function atTheirAddresses(made: Table, fleet: Fleet): Table {
  const backends = made.backends.map((backend) => ({
    ...backend,
    servers: backend.servers.map((server) => ({
      ...server,
      url: `http://${fleet.get(server.id).address}:${fleet.port}`,
    })),
  }));
  return { ...made, backends };
}

export const swaps: Scenario = { name: '200 tables, one after the other', run };
