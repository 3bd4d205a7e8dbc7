import type { Outcome } from '../../src/model/outcome.ts';

/** A GET that a server answered; what differs is given. */
export function outcomeOf(given: Partial<Outcome> = {}): Outcome {
  return {
    at: Date.UTC(2016, 6, 29, 12, 34, 56, 789),
    durationMs: 12.3456,
    requestId: 'd9428888-122b-41e1-b85c-61cd3cbb3210',
    client: '10.42.17.3',
    method: 'GET',
    host: 'web-test.proxy-test.local',
    target: '/a/b',
    version: '1.1',
    status: 200,
    bytesIn: 3,
    bytesOut: 45,
    service: 'proxy-test/web-test',
    to: { backend: 'proxy-test/web-test', server: 'web-test-1', url: 'http://10.42.101.1:80' },
    retries: 1,
    failure: null,
    ...given,
  };
}
