import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { canSharePort } from '../../src/listen.ts';
import { threadCount } from '../../src/threadCount.ts';
import { keptLog } from '../support/logLines.ts';

function counted(workers: number, cores: number, sharesPort = true) {
  const { log, lines } = keptLog('info');
  const threads = threadCount(workers, log, { cores, sharesPort });
  return { threads, told: lines.map(({ level, msg }) => `${String(level)}: ${String(msg)}`) };
}

suite('the number of proxy threads', () => {
  test('is one for each core that may be used, unless a number is asked for; it is told', () => {
    assert.deepEqual(counted(0, 4), {
      threads: 4,
      told: ['info: requests are forwarded by 4 threads (this process may use 4 of the cores)'],
    });
    assert.deepEqual(counted(2, 4), {
      threads: 2,
      told: ['info: requests are forwarded by 2 threads (LB_WORKERS is 2)'],
    });
    assert.deepEqual(counted(3, 1).threads, 3);
    assert.deepEqual(counted(1, 4).told, ['info: requests are forwarded by one thread (LB_WORKERS is 1)']);
  });

  test('is one where several cannot listen on one port; who asked for more is told why', () => {
    const { threads, told } = counted(4, 4, false);
    assert.equal(threads, 1);
    assert.match(
      told[0]!,
      /^warn: LB_WORKERS=4, but one thread.*needs Linux and Node 22\.12, 23\.1 or newer, and this is Node/,
    );
    const byItself = counted(0, 4, false);
    assert.equal(byItself.threads, 1);
    assert.match(
      byItself.told.join('\n'),
      /^info: .* one thread \(with Node .* several cannot listen on one port\)$/,
    );
    assert.equal(counted(1, 4, false).told.length, 1);
  });

  test('may be more than one where Node hands on that a port is shared', () => {
    const versions = ['20.19.0', '22.11.0', '22.12.0', '23.0.0', '23.1.0', '24.0.0', '26.10.0'];
    assert.deepEqual(
      versions.map((version) => canSharePort(version, 'linux')),
      [false, false, true, false, true, true, true],
    );
    assert.equal(canSharePort('26.10.0', 'darwin'), false);
  });
});
