import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Outcome } from '../../../src/model/outcome.ts';
import { accessLineOf } from '../../../src/telemetry/accessLine.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { outcomeOf } from '../../support/outcome.ts';

const FORMATS = ['json', 'common'] as const;

function jsonOf(given: Partial<Outcome> = {}): Readonly<Record<string, unknown>> {
  return JSON.parse(accessLineOf('json')(outcomeOf(given))) as Readonly<Record<string, unknown>>;
}

function commonOf(given: Partial<Outcome> = {}): string {
  return accessLineOf('common')(outcomeOf(given));
}

/** What stands between the first two quotes of a line. */
function requestOf(line: string): string | undefined {
  return /^[^"]*"([^"]*)"/.exec(line)?.[1];
}

suite('json', () => {
  test('is all about the request, with the time of its end, and its path without the query', () => {
    assert.equal(
      accessLineOf('json')(outcomeOf({ target: '/a/b?token=secret' })),
      '{"level":"info","time":"2016-07-29T12:34:56.801Z","event":"request","requestId":"d9428888-122b-41e1-b85c-61cd3cbb3210",' +
        '"client":"10.42.17.3","method":"GET","host":"web-test.proxy-test.local","path":"/a/b","status":200,"bytesIn":3,"bytesOut":45,' +
        '"durationMs":12.346,"service":"proxy-test/web-test","server":"web-test-1","url":"http://10.42.101.1:80","retries":1,"failure":null}\n',
    );
  });

  test('is what pino makes of the same, so that both logs are read alike', () => {
    const line = accessLineOf('json')(outcomeOf({ method: 'a"b\\c\u0000', failure: 'no-server', to: null }));
    const { level, time, ...fields } = JSON.parse(line) as Record<string, unknown>;
    let byPino = '';
    createLog('info', { write: (text) => (byPino = text) }).info(fields);
    assert.equal(line, byPino.replace(/"time":"[^"]*"/, `"time":"${String(time)}"`));
    assert.equal(level, 'info');
  });

  test('has nulls where there was no service and no server, and status 0 where the client left before an answer', () => {
    const { service, server, url, status, failure } = jsonOf({
      service: null,
      to: null,
      status: 0,
      failure: 'client-left',
    });
    assert.deepEqual([service, server, url, status, failure], [null, null, null, 0, 'client-left']);
  });

  test('says with an ellipsis that a path is cut, which a client cannot say', () => {
    assert.equal(jsonOf({ target: `/${'x'.repeat(1_023)}` })['path'], `/${'x'.repeat(1_023)}`);
    assert.equal(jsonOf({ target: `/${'x'.repeat(1_024)}` })['path'], `/${'x'.repeat(1_023)}\u2026`);
  });
});

suite('common', () => {
  test('is host, ident, authuser, date, request without its query, status and bytes', () => {
    assert.equal(
      commonOf({ target: '/a/b?token=secret' }),
      '10.42.17.3 - - [29/Jul/2016:12:34:56 +0000] "GET /a/b HTTP/1.1" 200 45\n',
    );
  });

  test('has dashes for what there is none of', () => {
    const unread = { method: '', target: '', host: '', version: '', status: 400, bytesOut: 0 };
    assert.equal(commonOf(unread), '10.42.17.3 - - [29/Jul/2016:12:34:56 +0000] "-" 400 -\n');
    assert.match(commonOf({ status: 0, bytesOut: 0 }), /" - -\n$/);
    assert.match(commonOf({ client: '' }), /^- - - \[/);
  });

  test('has addresses of IPv6 as they are', () => {
    assert.match(commonOf({ client: '2001:db8::1' }), /^2001:db8::1 - - \[/);
  });

  test('has the date of each request, also when they come in another order', () => {
    const line = accessLineOf('common');
    const dates = [
      Date.UTC(2016, 1, 29, 23, 59, 59),
      Date.UTC(2016, 2, 1),
      Date.UTC(2016, 1, 29, 23, 59, 59),
    ].map((at) => /\[(.*)\]/.exec(line(outcomeOf({ at })))?.[1]);
    assert.deepEqual(dates, [
      '29/Feb/2016:23:59:59 +0000',
      '01/Mar/2016:00:00:00 +0000',
      '29/Feb/2016:23:59:59 +0000',
    ]);
  });

  test('says with \\... that a path is cut, which a client cannot say', () => {
    assert.equal(
      requestOf(commonOf({ target: `/${'x'.repeat(2_000)}` })),
      `GET /${'x'.repeat(1_023)}\\... HTTP/1.1`,
    );
    assert.equal(requestOf(commonOf({ target: '/\\...' })), 'GET /\\x5c... HTTP/1.1');
  });

  test('escapes what a reader could split at or obey', () => {
    const target = '/" \\\r\n\t\u0000\u001b[31m\u007f\u009b\u00e9';
    assert.equal(
      requestOf(commonOf({ target })),
      'GET /\\x22\\x20\\x5c\\x0d\\x0a\\x09\\x00\\x1b[31m\\x7f\\x9b\\xe9 HTTP/1.1',
    );
    assert.equal(requestOf(commonOf({ target: '/\u20ac' })), 'GET /\\u20ac HTTP/1.1');
  });
});

/** Every byte that a parser may let through, and characters beyond them. */
const HOSTILE = `${String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))}\u2028\u2029\ud800\uffff`;

for (const format of FORMATS) {
  for (const field of ['method', 'target', 'host', 'requestId', 'client', 'version'] as const) {
    test(`${format}: nothing in the ${field} can forge a line or a quote`, () => {
      const line = accessLineOf(format)(outcomeOf({ [field]: HOSTILE }));
      assert.match(line, /^[\x20-\x7e]+\n$/);
      if (format === 'common') {
        assert.match(line, /^\S+ - - \[[^\]]+\] "\S+ \S+ HTTP\/\S+" \d+ \d+\n$/);
        return;
      }
      const shown = (JSON.parse(line) as Record<string, unknown>)[field === 'target' ? 'path' : field];
      if (field === 'target') assert.equal(shown, HOSTILE.slice(0, HOSTILE.indexOf('#')));
      else if (field !== 'version') assert.equal(shown, HOSTILE);
    });
  }

  test(`${format}: a line is bounded, whatever its parts are`, () => {
    const long = '\u00ff'.repeat(1_000_000);
    const line = accessLineOf(format)(
      outcomeOf({ method: long, target: long, host: long, requestId: long, client: long, version: long }),
    );
    assert.ok(line.length < 32_768, `${line.length} characters`);
  });

  for (const [target, path] of [
    ['/', '/'],
    ['/?', '/'],
    ['/a?b?c', '/a'],
    ['/a#b', '/a'],
    ['//a/b', '//a/b'],
    ['*', '*'],
    ['http://a.test', '/'],
    ['http://a.test?x', '/'],
    ['HTTP://user:secret@a.test:80/b?x', '/b'],
    ['user:secret@a.test:80', 'a.test:80'],
  ] as const) {
    test(`${format}: of the target ${target} the path ${path} is shown`, () => {
      const line = accessLineOf(format)(outcomeOf({ target }));
      if (format === 'json') assert.equal(jsonOf({ target })['path'], path);
      else assert.equal(requestOf(line), `GET ${path} HTTP/1.1`);
    });
  }
}
