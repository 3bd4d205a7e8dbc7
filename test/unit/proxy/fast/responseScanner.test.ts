import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ResponseScanner } from '../../../../src/proxy/fast/responseScanner.ts';

const scanner = new ResponseScanner();

function scan(text: string) {
  const bytes = Buffer.from(text, 'latin1');
  return scanner.scan(bytes, 0, bytes.length);
}

suite('a response head', () => {
  test('is read whole: status, reason, framing, where its parts are', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello';
    assert.equal(scan(text), 'whole');
    const { status, isCurrent, framing, contentLength, closes, cutCount } = scanner;
    assert.deepEqual(
      { status, isCurrent, framing, contentLength, closes, cutCount },
      { status: 200, isCurrent: true, framing: 'length', contentLength: 5, closes: false, cutCount: 0 },
    );
    assert.equal(text.slice(scanner.reasonAt, scanner.reasonEnd), 'OK');
    assert.equal(text.slice(scanner.end), 'hello');
  });

  test('is incomplete at each byte before its end, and never bad', () => {
    const text = 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=5\r\n\r\n';
    for (let length = 0; length < text.length; length++) {
      assert.equal(scan(text.slice(0, length)), 'incomplete', JSON.stringify(text.slice(0, length)));
    }
    assert.equal(scan(text), 'whole');
    assert.deepEqual([scanner.framing, scanner.keepAlive], ['chunked', 'timeout=5']);
  });

  test('without framing lasts until its server closes; HTTP/1.0 closes unless it says otherwise', () => {
    assert.equal(scan('HTTP/1.1 200 OK\r\n\r\n'), 'whole');
    assert.deepEqual([scanner.framing, scanner.closes], ['close', false]);
    assert.equal(scan('HTTP/1.0 200 OK\r\n\r\n'), 'whole');
    assert.equal(scanner.closes, true);
    assert.equal(scan('HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n'), 'whole');
    assert.equal(scanner.closes, false);
  });

  for (const line of ['HTTP/1.1 200 OK', 'HTTP/1.1 200 ', 'HTTP/1.1 200']) {
    test(`may begin with ${JSON.stringify(line)}`, () => assert.equal(scan(`${line}\r\n\r\n`), 'whole'));
  }

  test('names what is not sent on', () => {
    const text =
      'HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nProxy-Authenticate: Basic\r\nProxy: kept\r\nX-Hop: 1\r\n\r\n';
    assert.equal(scan(text), 'whole');
    const cut = Array.from({ length: scanner.cutCount }, (_, i) =>
      text.slice(scanner.cuts[2 * i], scanner.cuts[2 * i + 1]),
    );
    assert.deepEqual(cut, ['Connection: close, X-Hop\r\n', 'Proxy-Authenticate: Basic\r\n']);
    assert.deepEqual([scanner.named, scanner.closes], [['x-hop'], true]);
  });

  for (const [what, text] of [
    ['another protocol', 'SSH-2.0-OpenSSH'],
    ['no version', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a control character', 'HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
    ['both framings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n'],
  ] as const) {
    test(`with ${what} is bad, and says why`, () => {
      assert.equal(scan(text), 'bad');
      assert.match(scanner.flaw, /^answered /);
    });
  }

  for (const [what, text] of [
    ['of another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['with a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['with a control character in its reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ] as const) {
    test(`${what} is whole, as Node's parser has it, and cannot be sent on`, () => {
      assert.equal(scan(text), 'whole');
      assert.match(scanner.flaw, /^answered /);
    });
  }

  test('with an unusual coding is whole, so that its server is known to have answered, but has a flaw', () => {
    assert.equal(scan('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'), 'whole');
    assert.match(scanner.flaw, /Transfer-Encoding other than chunked/);
    assert.equal(scan('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), 'whole');
    assert.equal(scanner.flaw, '');
  });
});
