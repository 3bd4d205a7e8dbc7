import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { responseFields, trailerFields, type ResponseContext } from '../../../src/proxy/fields.ts';
import type { ParsedHead } from '../../../src/proxy/request.ts';
import { sent } from './sentFields.ts';
import { fieldsOf, linesOf } from './heads.ts';

const FORWARDED = /^X-(Forwarded-|Real-Ip|Request-Id)/;

/** The fields that a server sees, without those that we add. */
function plain(lines: readonly string[], given: Partial<ParsedHead> = {}): readonly string[] {
  return sent(lines, given).filter((line) => !FORWARDED.test(line));
}

suite('what the server sees', () => {
  test('names keep their spelling, repeats stay separate, and all keep their order', () => {
    const lines = ['aCCept: */*', 'Cookie: a=1', 'X-Own: 1', 'cookie: b=2', 'X-Own: 2'];
    assert.deepEqual(plain(lines), ['Host: a.test', ...lines]);
  });

  test('hop-by-hop fields end here', () => {
    const hops = ['Keep-Alive: timeout=5', 'Proxy-Connection: x', 'TE: trailers', 'Upgrade: h2c'];
    const secrets = ['Proxy-Authorization: x', 'Proxy-Authenticate: x', 'proxy-authentication-info: x'];
    assert.deepEqual(plain(['connection: close', ...hops, ...secrets]), ['Host: a.test']);
  });

  test('Proxy would become HTTP_PROXY in a CGI program (httpoxy)', () => {
    assert.deepEqual(plain(['Proxy: http://evil.test']), ['Host: a.test']);
  });

  test('what Connection names ends here, too', () => {
    assert.deepEqual(plain(['Connection: x-own, close', 'X-Own: 1', 'X-Other: 2']), [
      'Host: a.test',
      'X-Other: 2',
    ]);
  });

  test('but Connection cannot take away what the message means, or who it is from', () => {
    const kept = [
      'Content-Length: 5',
      'Content-Type: text/plain',
      'Authorization: x',
      'Cookie: a=1',
      'Expect: 100-continue',
    ];
    const named = kept.map((line) => line.split(':')[0]).join(', ');
    const connection = `Connection: Host, X-Forwarded-For, X-Real-Ip, X-Request-Id, Trailer, ${named}`;
    assert.deepEqual(plain([connection, ...kept]), ['Host: a.test', ...kept]);
    const chunked = [connection, 'Trailer: X-Sum', 'Transfer-Encoding: chunked'];
    assert.deepEqual(plain(chunked), ['Host: a.test', 'Trailer: X-Sum', 'Transfer-Encoding: chunked']);
    assert.equal(sent([connection]).filter((line) => FORWARDED.test(line)).length, 7);
  });

  test('the Host of an absolute target, not that of the field', () => {
    assert.deepEqual(plain([], { target: 'http://B.test:81/x' }), ['Host: B.test:81']);
  });

  test('announced trailers where the body comes in chunks, since otherwise none can come', () => {
    assert.deepEqual(plain(['Trailer: X-Sum', 'Content-Length: 5']), ['Host: a.test', 'Content-Length: 5']);
    const chunked = plain(['Connection: Trailer', 'Trailer: X-Sum', 'Transfer-Encoding: chunked']);
    assert.deepEqual(chunked, ['Host: a.test', 'Trailer: X-Sum', 'Transfer-Encoding: chunked']);
  });

  test('its own address as Host where the route says so', () => {
    const lines = sent([], {}, { hostOverride: '127.0.0.1:8081' });
    assert.ok(lines.includes('Host: 127.0.0.1:8081'));
    assert.ok(lines.includes('X-Forwarded-Host: a.test'), 'and what the client asked for beside it');
  });

  test('a body is framed as it came', () => {
    assert.deepEqual(plain(['Content-Length: 5']), ['Host: a.test', 'Content-Length: 5']);
    assert.deepEqual(plain(['transfer-encoding: Chunked'], { method: 'DELETE' }), [
      'Host: a.test',
      'Transfer-Encoding: chunked',
    ]);
  });

  test('the absence of a body is said where one is usual (RFC 9110 8.6), and only there', () => {
    for (const method of ['POST', 'PUT', 'PATCH']) {
      assert.deepEqual(plain([], { method }), ['Host: a.test', 'Content-Length: 0'], method);
    }
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
      assert.deepEqual(plain([], { method }), ['Host: a.test'], method);
    }
  });

  test('HTTP/1.0 knows no expectations (RFC 9110 10.1.1)', () => {
    assert.deepEqual(plain(['Expect: 100-continue'], { version: '1.0' }), ['Host: a.test']);
    assert.deepEqual(plain(['Expect: 100-continue']), ['Host: a.test', 'Expect: 100-continue']);
  });

  test('an upgrade that we offer ourselves, never the one that the client asked for', () => {
    const asked = ['Connection: Upgrade, X-Own', 'Upgrade: h2c, websocket', 'X-Own: 1'];
    const lines = plainWith(asked, 'websocket');
    assert.deepEqual(lines, ['Host: a.test', 'Connection: Upgrade', 'Upgrade: websocket']);
  });
});

function plainWith(lines: readonly string[], upgrade: string): readonly string[] {
  return sent(lines, {}, { upgrade }).filter((line) => !FORWARDED.test(line));
}

function received(lines: readonly string[], given: Partial<ResponseContext> = {}): readonly string[] {
  const context = { status: 200, clientVersion: '1.1', upgrade: null, setCookie: null, ...given } as const;
  return linesOf(responseFields(fieldsOf(...lines), context));
}

suite('what the client sees', () => {
  test('a cookie of our own comes after those of the server, which stay as they are', () => {
    const lines = received(['Set-Cookie: a=1', 'set-cookie: lb=theirs'], { setCookie: 'lb=ours; Path=/' });
    assert.deepEqual(lines, ['Set-Cookie: a=1', 'set-cookie: lb=theirs', 'Set-Cookie: lb=ours; Path=/']);
  });

  test('names keep their spelling, repeats stay separate, and all keep their order', () => {
    const lines = [
      'set-cookie: a=1',
      'Server: x',
      'Set-Cookie: b=2',
      'Content-Length: 5',
      'X-Forwarded-For: y',
    ];
    assert.deepEqual(received(lines), lines);
  });

  test("a server's Connection, and what it names, is about its own connection", () => {
    const hops = [
      'Connection: close, X-Own',
      'Keep-Alive: timeout=5',
      'X-Own: 1',
      'connection: X-Two',
      'X-Two: 2',
    ];
    assert.deepEqual(received(hops), []);
  });

  test('but it cannot take away what the message means', () => {
    const kept = [
      'Content-Length: 5',
      'Content-Type: text/plain',
      'Content-Encoding: gzip',
      'Set-Cookie: a=1',
    ];
    const named = kept.map((line) => line.split(':')[0]).join(', ');
    assert.deepEqual(received([`Connection: ${named}`, ...kept]), kept);
  });

  test('trailers are announced only where the body comes in chunks, since otherwise none can come', () => {
    assert.deepEqual(received(['Trailer: X-Sum', 'Content-Length: 5']), ['Content-Length: 5']);
    const chunked = ['Trailer: X-Sum', 'Transfer-Encoding: chunked'];
    assert.deepEqual(received(chunked), chunked);
  });

  test('chunks go on in chunks, but not to an HTTP/1.0 client, who would read them as content', () => {
    assert.deepEqual(received(['Transfer-Encoding: Chunked']), ['Transfer-Encoding: chunked']);
    assert.deepEqual(received(['Transfer-Encoding: chunked'], { clientVersion: '1.0' }), []);
  });

  for (const status of [100, 103, 199, 204]) {
    test(`a ${status} has no framing (RFC 9110 8.6, RFC 9112 6.1)`, () => {
      const lines = ['Content-Length: 5', 'Transfer-Encoding: chunked', 'Link: x'];
      assert.deepEqual(received(lines, { status }), ['Link: x']);
    });
  }

  for (const status of [200, 304]) {
    test(`a ${status} keeps its length: that of a HEAD or 304 tells of the body that there would be`, () => {
      assert.deepEqual(received(['Content-Length: 5'], { status }), ['Content-Length: 5']);
    });
  }

  test('a 101 switches to the protocol that the client asked for', () => {
    const lines = ['Upgrade: other', 'connection: upgrade', 'Sec-WebSocket-Accept: x'];
    assert.deepEqual(received(lines, { status: 101, upgrade: 'websocket' }), [
      'Sec-WebSocket-Accept: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]);
  });
});

suite('trailers', () => {
  test('those that tell of the body are sent on as they are', () => {
    assert.deepEqual(trailerFields(fieldsOf('X-Sum: 1', 'x-sum: 2', 'Server-Timing: a')), [
      ['X-Sum', '1'],
      ['x-sum', '2'],
      ['Server-Timing', 'a'],
    ]);
  });

  for (const name of [
    'Content-Length',
    'transfer-encoding',
    'Host',
    'Authorization',
    'Cookie',
    'Set-Cookie',
    'Connection',
    'Upgrade',
    'Trailer',
    'Content-Type',
    'Content-Range',
    'Cache-Control',
    'Proxy',
    'X-Forwarded-For',
    'X_Forwarded_For',
    'X-Real-Ip',
    'X-Request-Id',
    'Forwarded',
  ]) {
    test(`${name} would act on what was judged already (RFC 9110 6.5.1)`, () => {
      assert.deepEqual(trailerFields([name, 'x']), []);
    });
  }
});
