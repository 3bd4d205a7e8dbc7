import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { RequestScanner } from '../../../../src/proxy/fast/requestScanner.ts';
import { readHead } from '../../../../src/proxy/request.ts';
import { ATTACKS } from '../../../support/attacks/corpus.ts';

const scanner = new RequestScanner();

function scan(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  return scanner.scan(bytes, 0, bytes.length);
}

/** A head split by the letter of RFC 9112, for those that are well-formed. */
function split(text: string) {
  const [head = ''] = text.split('\r\n\r\n', 1);
  const [line = '', ...rest] = head.split('\r\n');
  const [method = '', target = '', version = ''] = line.split(' ');
  const fields = rest.flatMap((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
  });
  return { method, target, version: version.replace('HTTP/', ''), fields };
}

const LINES = [
  'Accept: */*',
  'Cookie: a=b; c=d',
  'X-Empty:',
  'X-Empty: ',
  'X-Bare:1',
  'User-Agent: curl/8.5.0',
];

suite('a request head', () => {
  test('that is plain is read whole: method, target, authority, framing, where its parts are', () => {
    const text = 'POST /a?b=c HTTP/1.1\r\nHost: a.test:8080\r\nContent-Length: 5\r\n\r\nhello';
    assert.equal(scan(text), 'whole');
    const { method, target, authority, framing, contentLength, end, cutCount, closes } = scanner;
    assert.deepEqual(
      { method, target, authority, framing, contentLength, cutCount, closes },
      {
        method: 'POST',
        target: '/a?b=c',
        authority: 'a.test:8080',
        framing: 'length',
        contentLength: 5,
        cutCount: 0,
        closes: false,
      },
    );
    assert.equal(text.slice(end), 'hello');
  });

  for (const field of ['Connection: close', 'Content-Length: 123', 'Transfer-Encoding: Chunked']) {
    test(`with ${field} is incomplete at each byte before its end, and never uncertain`, () => {
      const text = `OPTIONS /a HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\n${field}\r\n\r\n`;
      for (let length = 1; length < text.length; length++) {
        assert.equal(scan(text.slice(0, length)), 'incomplete', JSON.stringify(text.slice(0, length)));
      }
      assert.equal(scan(text), 'whole');
    });
  }

  for (const [good, bad] of [
    ['Content-Length: 5', 'x'],
    ['Content-Length: 123456789012345', '6'],
    ['Content-Length: 5\r\nContent-Length', ':'],
    ['Content-Length: 5\r\nTransfer-Encoding', ':'],
    ['Transfer-Encoding: chunked\r\nContent-Length', ':'],
    ['Transfer-Encoding: chunked', ','],
  ] as const) {
    test(`with ${JSON.stringify(good + bad)} is uncertain at its last byte, after which nothing makes it certain again`, () => {
      const head = `POST / HTTP/1.1\r\nHost: a.test\r\n${good}`;
      assert.deepEqual([scan(head), scan(head + bad)], ['incomplete', 'uncertain']);
    });
  }

  test('says which lines are not sent on: those of this hop, and what claims to tell of the client', () => {
    const cut = [
      'Connection: keep-alive',
      'Keep-Alive: 5',
      'TE: trailers',
      'X-Forwarded-For: 1.2.3.4',
      'x_real_ip: 1',
    ];
    const kept = ['Host: a.test', 'X-Forward: no', 'Accept: */*'];
    const text = `GET / HTTP/1.1\r\n${[kept[0], ...cut, ...kept.slice(1)].join('\r\n')}\r\n\r\n`;
    assert.equal(scan(text), 'whole');
    const lines = Array.from({ length: scanner.cutCount }, (_, i) =>
      text.slice(scanner.cuts[2 * i], scanner.cuts[2 * i + 1]),
    );
    assert.deepEqual(
      lines,
      cut.map((line) => `${line}\r\n`),
    );
    assert.equal(scanner.claimsToForward, true);
  });

  for (const [what, line] of [
    ['an upgrade', 'Upgrade: websocket'],
    ['an expectation', 'Expect: 100-continue'],
    ['a second Host', 'Host: b.test'],
    ['both framings', 'Content-Length: 1\r\nTransfer-Encoding: chunked'],
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 1'],
    ['a length with a sign', 'Content-Length: +1'],
    ['an unusual coding', 'Transfer-Encoding: gzip, chunked'],
    ['fields named by Connection', 'Connection: X-Foo'],
    ['a space before the colon', 'Accept : */*'],
    ['a folded line', 'Accept: a\r\n b'],
    ['a control character', 'Accept: a\0b'],
    ['a bare LF', 'Accept: a\nb: c'],
    ['fields for proxies', 'Proxy-Authorization: x'],
    ['two spaces before a value', 'Accept:  a'],
    ['a tab before a value', 'Accept:\ta'],
    ['a space behind a value', 'Accept: a '],
    ['a field that Connection: close would name', 'Close: a'],
  ] as const) {
    test(`with ${what} is left to the full lane`, () => {
      assert.equal(scan(`GET / HTTP/1.1\r\nHost: a.test\r\n${line}\r\n\r\n`), 'uncertain');
    });
  }

  for (const line of [
    'GET http://a.test/ HTTP/1.1',
    'GET / HTTP/1.0',
    'CONNECT a:1 HTTP/1.1',
    'get / HTTP/1.1',
    '\r\nGET / HTTP/1.1',
    'GET /#a HTTP/1.1',
    'GET  / HTTP/1.1',
    'OPTIONS * HTTP/1.1',
  ]) {
    test(`that begins with ${JSON.stringify(line)} is left to the full lane`, () => {
      assert.equal(scan(`${line}\r\nHost: a.test\r\n\r\n`), 'uncertain');
    });
  }

  test('that is whole is read by the full lane in the same way', () => {
    const field = fc.oneof(
      fc.constantFrom(...LINES, 'Content-Length: 7', 'transfer-encoding: Chunked', 'Connection: close'),
      fc.string({
        unit: fc.constantFrom('a', ':', ' ', '\t', 'é', '-', '\r', '\n', '\0', 'H'),
        maxLength: 12,
      }),
    );
    const head = fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'FOO'),
        fc.constantFrom('/', '/a/b?c', '/%2e', '*', 'http://a.test/', '/a b'),
        fc.array(field, { maxLength: 4 }),
        fc.boolean(),
      )
      .map(([method, target, fields, isHostLast]) => {
        const lines = isHostLast ? [...fields, 'Host: a.test'] : ['Host: a.test', ...fields];
        return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
      });
    let whole = 0;
    fc.assert(
      fc.property(head, (text) => {
        if (scan(text) !== 'whole') return;
        whole++;
        const read = readHead(split(text.slice(0, scanner.end)));
        assert.ok(!('kind' in read), JSON.stringify([text, read]));
        const { method, target, authority, framing, contentLength } = scanner;
        assert.deepEqual(
          { method, target, authority, framing, contentLength },
          {
            method: read.method,
            target: read.target,
            authority: read.authority,
            framing: read.framing,
            contentLength: read.contentLength,
          },
        );
      }),
      { numRuns: 5_000 },
    );
    assert.ok(whole > 500, `only ${whole} were whole`);
  });

  test('of the hostile corpus is whole only where forwarding it is safe', () => {
    for (const attack of Object.values(ATTACKS).flat()) {
      const bytes = Buffer.from(attack.bytes, 'latin1');
      if (scanner.scan(bytes, 0, bytes.length) !== 'whole') continue;
      const read = readHead(split(attack.bytes.slice(0, scanner.end)));
      const isRefused = 'kind' in read;
      assert.ok(!isRefused || read.kind === 'bad-request', attack.name);
    }
  });
});
