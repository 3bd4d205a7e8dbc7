import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Overview } from '../../../src/admin/overview.ts';
import { bugModule } from '../../support/bugModule.ts';
import { ADDRESSES, startContainers, webTest } from '../../support/containers.ts';
import { daemonEnv, startProgram, type Program } from '../../support/program.ts';
import { startStandIn } from '../../support/standIn.ts';

/** A daemon with five servers, whose refresher thread crashes when it hears of the nth change. */
async function start(t: TestContext, nth: number, hold: string) {
  const port = await startContainers(t, ADDRESSES);
  const metadata = await startStandIn(t, webTest(port, Object.keys(ADDRESSES)));
  const program = startProgram(t, [], {
    env: daemonEnv(metadata.base, { LB_REFRESH_INTERVAL: '1h', LB_REMOVAL_HOLD: hold }),
    nodeFlags: [
      '--import',
      bugModule({
        thread: 'workerData?.metadata',
        channel: 'http.client.response.finish',
        // The one that is started anew meets with no bug.
        when: `workerData.resume === null && it.request.path.includes('wait=true') && ++n === ${nth}`,
      }),
    ],
  });
  const adminPort = await program.portOf('admin-listening');
  await program.said(/"event":"installed"/);
  const overview = async (): Promise<Overview> => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/api/overview`);
    return (await response.json()) as Overview;
  };
  return {
    program,
    metadata,
    overview,
    load: (names: readonly string[]) => metadata.set(webTest(port, names)),
  };
}

/** When each line of this event was written, in milliseconds. */
function timesOf(program: Program, event: string): readonly number[] {
  return program.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>)
    .filter((line) => line['event'] === event)
    .map(({ time = '' }) => Date.parse(time));
}

suite('a crash of the refresher thread', { concurrency: 3 }, () => {
  test('does not let a mass removal through as the first answer of the next one', async (t) => {
    const { program, load, overview } = await start(t, 1, '10m');
    load([]);
    await program.said(/"event":"refresher-crashed"[^]*"event":"removal-held"/);
    const { table, metadata } = await overview();
    assert.deepEqual([table?.servers, metadata.held?.serversBefore, metadata.held?.serversAfter], [5, 5, 0]);
    assert.match(program.stdout, /would leave 0 of 5 servers, none of them of proxy-test\/web-test/);
    assert.equal(timesOf(program, 'installed').length, 1);
  });

  test('does not restart the clock of a hold', async (t) => {
    const { program, load, overview } = await start(t, 2, '8s');
    load([]);
    await program.said(/"event":"removal-held"/);
    const { metadata: before } = await overview();
    load([]);
    await program.said(/"event":"refresher-crashed"/);
    const { metadata: after } = await overview();
    assert.deepEqual(after.held, before.held, 'it is shown all the time');
    await program.said(/"event":"removal-hold-ended"/);
    assert.equal(timesOf(program, 'removal-held').length, 1, 'it is the same hold');
    const [endedAt = NaN] = timesOf(program, 'removal-hold-ended');
    const lateMs = endedAt - Date.parse(before.held?.until ?? '');
    // For 5 s of it nobody was there; from its beginning it would be later by that.
    assert.ok(lateMs > -20 && lateMs < 4_900, `${lateMs} ms after it was due`);
    await program.said(/"event":"installed"[^]*"event":"installed"/);
    assert.deepEqual([(await overview()).table?.servers, (await overview()).metadata.held], [0, null]);
  });

  test('does not make an answer without any service a good one', async (t) => {
    const { program, metadata, overview } = await start(t, 1, '0');
    metadata.set({ stacks: [] });
    await program.said(/"event":"refresher-crashed"[^]*"event":"metadata-failed"[^\n]*has no services/);
    assert.equal((await overview()).table?.servers, 5);
  });
});
