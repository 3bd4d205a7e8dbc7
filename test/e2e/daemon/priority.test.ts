import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startTestDaemon } from '../../support/daemon.ts';
import { startStandIn } from '../../support/standIn.ts';
import { webTest } from '../../support/containers.ts';

/** The niceness of each thread of this process (proc(5): field 19 of stat, counted from behind the name). */
function nicenesses(): readonly number[] {
  return readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

test(
  'the refresher lets requests go first: one thread has a lower priority, and no other',
  { skip: process.platform !== 'linux' && 'only Linux has priorities for threads' },
  async (t) => {
    const before = nicenesses().filter((niceness) => niceness === 10).length;
    const metadata = await startStandIn(t, webTest(8080, []));
    const daemon = await startTestDaemon(t, { LB_METADATA_URL: metadata.base });
    await daemon.logged('installed');
    assert.equal(nicenesses().filter((niceness) => niceness === 10).length, before + 1);
  },
);
