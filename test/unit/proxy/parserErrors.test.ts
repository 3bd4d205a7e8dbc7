import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientFailure } from '../../../src/proxy/parserErrors.ts';

function failureOf(code: string | undefined, reason?: string) {
  return clientFailure(Object.assign(new Error('Parse Error'), { code, reason }) as NodeJS.ErrnoException);
}

for (const [code, reason, kind] of [
  ['ERR_HTTP_REQUEST_TIMEOUT', undefined, 'request-timeout'],
  ['HPE_HEADER_OVERFLOW', undefined, 'head-too-large'],
  ['HPE_PAUSED_H2_UPGRADE', undefined, 'unsupported-version'],
  ['HPE_INVALID_VERSION', 'Invalid HTTP version', 'unsupported-version'],
  ['HPE_INVALID_VERSION', 'Expected CRLF after version', 'bad-request'],
  ['HPE_INVALID_METHOD', 'Invalid method encountered', 'bad-request'],
  ['HPE_INVALID_CHUNK_SIZE', '', 'bad-request'],
] as const) {
  test(`${code} (${reason}) is a ${kind}`, () => {
    const failure = failureOf(code, reason);
    assert.equal(failure?.kind, kind);
    assert.doesNotMatch(failure?.detail ?? '', /undefined|HPE_|: $/);
  });
}

test('the client is told what the parser stumbled over', () => {
  assert.match(failureOf('HPE_INVALID_METHOD', 'Invalid method encountered')?.detail ?? '', /Invalid method/);
});

test('where the connection broke there is nobody to tell', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', '', undefined]) {
    assert.equal(failureOf(code), null, String(code));
  }
});
