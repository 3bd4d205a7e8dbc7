import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { listMembers, MAX_FIELDS, readHead, type ParsedHead } from '../../../src/proxy/request.ts';
import { failureOf, fieldsOf, headOf, parsedHead } from './heads.ts';

/** A head with these lines beside its Host. */
function asking(...lines: readonly string[]): Pick<ParsedHead, 'fields'> {
  return { fields: fieldsOf('Host: a.test', ...lines) };
}

test('a plain request is read whole', () => {
  const fields = fieldsOf('Host: A.Test:8080', 'Connection: Keep-Alive, X-Odd', 'Accept: */*');
  assert.deepEqual(headOf({ target: '/a/b?c=d', fields }), {
    method: 'GET',
    version: '1.1',
    target: '/a/b?c=d',
    path: '/a/b',
    authority: 'A.Test:8080',
    host: 'a.test',
    framing: 'none',
    contentLength: 0,
    connectionOptions: ['keep-alive', 'x-odd'],
    expectation: '',
    claimsToForward: false,
    fields,
  });
});

suite('version and method', () => {
  test('HTTP/1.0 and HTTP/1.1 are spoken, nothing else', () => {
    for (const version of ['1.0', '1.1']) assert.equal(headOf({ version }).version, version);
    for (const version of ['0.9', '1.2', '2.0', '3', '', '1.10', '01.1']) {
      assert.equal(failureOf({ version }).kind, 'unsupported-version', version);
    }
  });

  test('CONNECT would make us an open proxy', () => {
    assert.equal(failureOf({ method: 'CONNECT', target: 'a.test:443' }).kind, 'not-implemented');
  });

  test('any other method is forwarded in its own spelling: methods have case', () => {
    for (const method of ['GET', 'PROPFIND', 'get', 'X-OWN']) assert.equal(headOf({ method }).method, method);
  });
});

suite('Host', () => {
  for (const host of [
    '',
    ' ',
    'a b',
    'a,b',
    'u@a.test',
    'a/b',
    'a.test:',
    'a.test:99999',
    '[::1',
    'a#b',
    'ü',
  ]) {
    const isRight = host === 'a.test:';
    test(`"${host}" is ${isRight ? 'right: a port may be empty (RFC 3986 3.2.3)' : 'no host'}`, () => {
      const head = readHead(parsedHead({ fields: ['Host', host] }));
      assert.equal('kind' in head ? head.kind : 'read', isRight ? 'read' : 'bad-request');
    });
  }

  test('there must be exactly one, in any spelling, also where the repeat is the same', () => {
    assert.match(failureOf({ fields: [] }).detail, /missing/);
    assert.match(failureOf({ fields: [], version: '1.0' }).detail, /missing/);
    for (const repeat of ['host: a.test', 'HOST: b.test']) {
      assert.match(failureOf({ fields: fieldsOf('Host: a.test', repeat) }).detail, /more than one/);
    }
  });

  test('it is matched without case, port and trailing dot, and kept as it was for the server', () => {
    for (const [written, host] of [
      ['A.Test', 'a.test'],
      ['a.test:8080', 'a.test'],
      ['a.test.', 'a.test'],
      ['[::1]:80', '[::1]'],
    ] as const) {
      const head = headOf({ fields: ['Host', written] });
      assert.deepEqual([head.host, head.authority], [host, written]);
    }
  });
});

suite('target', () => {
  for (const [target, path] of [
    ['/', '/'],
    ['/a?b', '/a'],
    ['/?', '/'],
    ['//a//b', '//a//b'],
    ['/http://b.test/', '/http://b.test/'],
    ['/%2e%2e/', '/%2e%2e/'],
  ] as const) {
    test(`${target} has the path ${path} and is sent on as it is`, () => {
      const head = headOf({ target });
      assert.deepEqual([head.target, head.path, head.host], [target, path, 'a.test']);
    });
  }

  for (const [target, sent, host] of [
    ['http://b.test/x?y', '/x?y', 'b.test'],
    ['HTTP://B.test:81/x', '/x', 'b.test'],
    ['https://b.test', '/', 'b.test'],
    ['http://b.test?y', '/?y', 'b.test'],
  ] as const) {
    test(`${target} overrides Host, and is sent on as ${sent} (RFC 9112 3.2.2)`, () => {
      const head = headOf({ target });
      assert.deepEqual([head.target, head.host], [sent, host]);
      assert.equal(head.authority.toLowerCase().split(':')[0], host);
    });
  }

  for (const target of [
    '',
    'a.test:80',
    'foo',
    '/a#b',
    'http://b.test/#f',
    'http://u@b.test/',
    'http:///x',
    'http://',
    'http:/b.test/',
    'ftp://b.test/',
    's://]ufd/:',
    'http://b.test:99999/',
    '*',
    '**',
  ]) {
    test(`"${target}" is refused for a GET`, () => {
      assert.equal(failureOf({ target }).kind, 'bad-request');
    });
  }

  test('OPTIONS may ask about the server as a whole, in both forms (RFC 9112 3.2.4)', () => {
    for (const target of ['*', 'http://a.test']) {
      const head = headOf({ method: 'OPTIONS', target });
      assert.deepEqual([head.target, head.path], ['*', '/']);
    }
    assert.equal(headOf({ method: 'OPTIONS', target: 'http://a.test/' }).target, '/');
  });
});

suite('framing', () => {
  test('no length and no coding is no body', () => {
    assert.deepEqual([headOf().framing, headOf().contentLength], ['none', 0]);
  });

  for (const [length, value] of [
    ['0', 0],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
  ] as const) {
    test(`Content-Length: ${length} is ${value} bytes`, () => {
      const head = headOf(asking(`content-LENGTH: ${length}`));
      assert.deepEqual([head.framing, head.contentLength], ['length', value]);
    });
  }

  for (const length of ['', '+1', '-1', '1 1', '0x10', '1e3', '1,1', '1.0', '1000000000000000', '١']) {
    test(`Content-Length: "${length}" is refused`, () => {
      assert.equal(failureOf(asking(`Content-Length: ${length}`)).kind, 'bad-request');
    });
  }

  test('a second Content-Length is refused, even the same', () => {
    assert.equal(failureOf(asking('Content-Length: 5', 'content-length: 5')).kind, 'bad-request');
  });

  test('chunked is the one coding that is spoken, in any case', () => {
    for (const coding of ['chunked', 'Chunked']) {
      assert.equal(headOf(asking(`Transfer-Encoding: ${coding}`)).framing, 'chunked');
    }
  });

  for (const codings of [['gzip, chunked'], ['gzip', 'chunked'], ['x-own , chunked']]) {
    test(`Transfer-Encoding: ${codings.join(' and ')} could be spoken, but is not`, () => {
      const failure = failureOf(asking(...codings.map((coding) => `Transfer-Encoding: ${coding}`)));
      assert.equal(failure.kind, 'not-implemented');
    });
  }

  for (const codings of [
    [''],
    ['gzip'],
    ['identity'],
    [', chunked'],
    ['chunked,'],
    ['chunked, gzip'],
    ['chunked, chunked'],
    ['chunked', 'chunked'],
    ['"chunked"'],
    ['chunked;a=b'],
  ]) {
    test(`Transfer-Encoding: ${JSON.stringify(codings)} leaves open where the body ends`, () => {
      const fields = ['Host', 'a.test', ...codings.flatMap((coding) => ['Transfer-Encoding', coding])];
      assert.equal(failureOf({ fields }).kind, 'bad-request');
    });
  }

  test('both Content-Length and Transfer-Encoding is the classic of smuggling (RFC 9112 6.1)', () => {
    for (const coding of ['chunked', 'gzip', '']) {
      const failure = failureOf(asking('Content-Length: 5', `Transfer-Encoding: ${coding}`));
      assert.match(failure.detail, /both/);
    }
  });

  test('an HTTP/1.0 client cannot mean Transfer-Encoding', () => {
    assert.equal(failureOf({ version: '1.0', ...asking('Transfer-Encoding: chunked') }).kind, 'bad-request');
  });
});

test('a hundred fields are read, one more is too many', () => {
  const spare = Array.from({ length: MAX_FIELDS - 1 }, () => 'A: b');
  assert.equal(headOf(asking(...spare)).fields.length, 2 * MAX_FIELDS);
  assert.equal(failureOf(asking(...spare, 'A: b')).kind, 'head-too-large');
});

test('an expectation is read without case; two are not one', () => {
  assert.equal(headOf(asking('Expect: 100-Continue')).expectation, '100-continue');
  assert.notEqual(headOf(asking('Expect: 100-continue', 'expect: 100-continue')).expectation, '100-continue');
});

test('a list has the members between its commas, without case, blanks or empty ones', () => {
  assert.deepEqual(listMembers(' Close,, X-A\t,x-b '), ['close', 'x-a', 'x-b']);
  assert.deepEqual(listMembers(''), []);
});

test('whatever the head, it is read or refused with a line for the client; nothing throws', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.constantFrom('*', '/', 'chunked'));
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('Host', 'Content-Length', 'Transfer-Encoding', 'Connection', '__proto__'),
  );
  const fields = fc.array(fc.tuple(name, text)).map((pairs) => ['Host', 'a.test', ...pairs.flat()]);
  fc.assert(
    fc.property(text, text, fields, (method, target, all) => {
      const head = readHead({ method, target, version: '1.1', fields: all });
      if ('kind' in head) assert.match(head.detail, /^[\x20-\x7e]+$/);
      else assert.match(head.target, /^(\/|\*$)/);
    }),
    { numRuns: 1000 },
  );
});
