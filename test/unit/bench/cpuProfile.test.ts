import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { functionOf, hasRun, originOf, selfTimes, type CpuProfile } from '../../../bench/cpuProfile.ts';

const ROOT = new URL('../../..', import.meta.url).href;

function frame(functionName: string, url: string, lineNumber = 0): CpuProfile['nodes'][number]['callFrame'] {
  return { functionName, url, lineNumber };
}

/** One sample each 10 µs, after a first one at 1,000 µs. */
const PROFILE: CpuProfile = {
  startTime: 1000,
  nodes: [
    { id: 1, callFrame: frame('(idle)', '') },
    { id: 2, callFrame: frame('forward', `${ROOT}src/proxy/forwarder.ts`, 18) },
    { id: 3, callFrame: frame('forward', `${ROOT}src/proxy/forwarder.ts`, 18) },
    { id: 4, callFrame: frame('', 'node:net', 9) },
  ],
  samples: [1, 2, 3, 4, 1],
  timeDeltas: [0, 10, 10, 10, 10],
};

suite('a CPU profile', () => {
  test('the time of a function is that of all its places in the call tree, from a sample to the next', () => {
    const times = selfTimes(PROFILE, { fromUs: 0, toUs: 2000 }, functionOf);
    assert.deepEqual(
      [...times],
      [
        ['(idle)', 10],
        ['forward  src/proxy/forwarder.ts:19', 20],
        ['(anonymous)  node:net:10', 10],
      ],
    );
  });

  test('what is outside of the span is not counted, so that start and stop of the daemon are not', () => {
    const times = selfTimes(PROFILE, { fromUs: 1015, toUs: 1035 }, functionOf);
    assert.deepEqual(
      [...times],
      [
        ['forward  src/proxy/forwarder.ts:19', 15],
        ['(anonymous)  node:net:10', 5],
      ],
    );
  });

  test('a thread is known by a file that ran in it', () => {
    assert.equal(hasRun(PROFILE, 'src/proxy/forwarder.ts'), true);
    assert.equal(hasRun(PROFILE, 'src/main.ts'), false);
  });

  test('the origin of a function is our file, the package, or the module of Node', () => {
    const packaged = frame('a', `${ROOT}node_modules/@scope/name/lib/a.js`);
    assert.equal(originOf(frame('a', `${ROOT}src/main.ts`)), 'src/main.ts');
    assert.equal(originOf(packaged), '@scope/name');
    assert.equal(originOf(frame('a', 'node:net')), 'node:net');
    assert.equal(originOf(frame('writev', '')), 'native functions');
    assert.equal(originOf(frame('(garbage collector)', '')), '(garbage collector)');
  });
});
