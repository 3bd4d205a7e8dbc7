import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseWrk } from '../../../bench/wrk.ts';

const SAID = `Running 3s test @ http://127.0.0.1:40000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.05ms    1.22ms  21.40ms   95.14%
    Req/Sec    33.41k     2.10k   36.02k    80.00%
  Latency Distribution
     50%  980.00us
     75%    2.03ms
     90%    2.55ms
     99%    1.02s
  99845 requests in 3.00s, 15.52MB read
Requests/sec:  33281.44
Transfer/sec:      5.17MB
`;

suite('what wrk says', () => {
  test('its figures are read in their units', () => {
    assert.deepEqual(parseWrk(SAID), {
      requests: 99845,
      requestsPerSecond: 33281.44,
      p50Ms: 0.98,
      p99Ms: 1020,
    });
  });

  test('a wrong or missing answer spoils the run, since errors may be cheaper than answers', () => {
    assert.throws(() => parseWrk(`${SAID}  Non-2xx or 3xx responses: 5`), /Non-2xx or 3xx responses: 5/);
    assert.throws(
      () => parseWrk(`${SAID}  Socket errors: connect 0, read 3, write 0, timeout 0`),
      /Socket errors: connect 0, read 3/,
    );
    assert.throws(() => parseWrk('  0 requests in 3.00s, 0.00B read'), /no answer/);
    assert.throws(() => parseWrk('unable to connect'), /unable to connect/);
  });
});
