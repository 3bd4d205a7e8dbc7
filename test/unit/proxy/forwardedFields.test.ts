import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { trustedRequestId } from '../../../src/proxy/fields.ts';
import type { RequestHead } from '../../../src/proxy/request.ts';
import { fieldsOf, headOf } from './heads.ts';
import { sent, STRANGER, TRUSTED } from './sentFields.ts';

/** Those that tell of the client, as a server sees them. */
function told(lines: readonly string[], peer: typeof STRANGER | typeof TRUSTED, host = 'a.test') {
  const fields = fieldsOf(`Host: ${host}`, ...lines);
  return sent([], { fields }, { peer }).filter((line) => !line.startsWith('Host:'));
}

const OF_STRANGER = [
  'X-Forwarded-For: 203.0.113.9',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: a.test',
  'X-Forwarded-Port: 80',
  'X-Forwarded-Server: lb-1',
  'X-Real-Ip: 203.0.113.9',
  'X-Request-Id: id-1',
];

test('a server is told who asked, how, and for what', () => {
  assert.deepEqual(told([], STRANGER), OF_STRANGER);
});

suite('a stranger', () => {
  for (const line of [
    'X-Forwarded-For: 1.2.3.4',
    'x-forwarded-proto: https',
    'X-FORWARDED-HOST: evil.test',
    'X-Forwarded-Port: 1',
    'X-Forwarded-Server: evil',
    'X-Forwarded-Prefix: /evil',
    'X-Forwarded-Anything: evil',
    'X-Real-Ip: 1.2.3.4',
    'X-Request-Id: evil',
    'Forwarded: for=1.2.3.4',
    'X_Forwarded_For: 1.2.3.4',
    'X-Forwarded_For: 1.2.3.4',
    'X_Real_IP: 1.2.3.4',
    'X_Request-Id: evil',
  ]) {
    test(`cannot forge ${line}`, () => assert.deepEqual(told([line], STRANGER), OF_STRANGER));
  }

  test('may send what only looks alike', () => {
    const lines = ['X-Forward: 1', 'X-Real: 2', 'Forwarded-For: 3', 'X-Forwardedfor: 4'];
    assert.deepEqual(told(lines, STRANGER), [...lines, ...OF_STRANGER]);
  });
});

suite('a trusted peer', () => {
  test('is believed, and its own address is added to the chain', () => {
    const lines = [
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: www.test',
      'X-Forwarded-Port: 8443',
      'X-Real-Ip: 203.0.113.9',
    ];
    assert.deepEqual(told(lines, TRUSTED), [
      'X-Forwarded-For: 203.0.113.9, 10.0.0.1',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: www.test',
      'X-Forwarded-Port: 8443',
      'X-Forwarded-Server: lb-1',
      'X-Real-Ip: 203.0.113.9',
      'X-Request-Id: id-1',
    ]);
  });

  test('may send the chain in several fields', () => {
    const [chain] = told(['X-Forwarded-For: 1.1.1.1', 'x-forwarded-for: 2.2.2.2'], TRUSTED);
    assert.equal(chain, 'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1');
  });

  test('that sends none, or empty ones, is itself the client', () => {
    const empty = [
      'X-Forwarded-For:',
      'X-Forwarded-Proto:',
      'X-Forwarded-Host:',
      'X-Forwarded-Port:',
      'X-Real-Ip:',
    ];
    for (const lines of [[], empty]) {
      assert.deepEqual(
        told(lines, TRUSTED),
        OF_STRANGER.map((line) => line.replace('203.0.113.9', '10.0.0.1')),
      );
    }
  });

  test('may send more of the family, which goes on as it is', () => {
    const lines = ['X-Forwarded-Prefix: /app', 'Forwarded: for=1.2.3.4'];
    assert.deepEqual(told(lines, TRUSTED).slice(0, 2), lines);
  });

  test('cannot be told from its client where a name has _ for -, so those go', () => {
    assert.ok(!told(['X_Forwarded_Prefix: /evil'], TRUSTED).some((line) => line.includes('evil')));
  });
});

suite('X-Forwarded-Port', () => {
  for (const [host, proto, port] of [
    ['a.test', 'http', '80'],
    ['a.test:8080', 'http', '8080'],
    ['a.test:', 'http', '80'],
    ['[::1]', 'http', '80'],
    ['[::1]:8080', 'http', '8080'],
    ['a.test', 'https', '443'],
    ['a.test', 'wss', '443'],
    ['a.test:8443', 'https', '8443'],
  ] as const) {
    test(`is ${port} for ${host} by ${proto}`, () => {
      const lines = told([`X-Forwarded-Proto: ${proto}`], TRUSTED, host);
      assert.ok(lines.includes(`X-Forwarded-Port: ${port}`), lines.join('\n'));
    });
  }
});

function asking(...lines: readonly string[]): RequestHead {
  return headOf({ fields: fieldsOf('Host: a.test', ...lines) });
}

suite('the request id', () => {
  test('of a trusted peer is kept, so that a request can be followed through both', () => {
    assert.equal(trustedRequestId(asking('x-request-ID: abc-1'), TRUSTED), 'abc-1');
    assert.equal(trustedRequestId(asking('X-Request-Id: abc-1'), STRANGER), null);
    assert.equal(trustedRequestId(asking(), TRUSTED), null);
  });

  test('is not kept where it could not be logged as it is', () => {
    for (const id of ['', 'a b', 'a\tb', 'ü', 'x'.repeat(201)]) {
      assert.equal(trustedRequestId(asking(`X-Request-Id: ${id}`), TRUSTED), null, id);
    }
    assert.equal(trustedRequestId(asking(`X-Request-Id: ${'x'.repeat(200)}`), TRUSTED), 'x'.repeat(200));
  });
});

test('a peer claims to forward if it tells of a client', () => {
  for (const line of ['X-Forwarded-For: x', 'x-forwarded-proto: https', 'FORWARDED: for=x']) {
    assert.equal(asking(line).claimsToForward, true, line);
  }
  assert.equal(asking('X-Request-Id: x', 'Accept: x').claimsToForward, false);
});
