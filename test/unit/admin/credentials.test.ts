import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCredentials } from '../../../src/admin/credentials.ts';

function basic(text: string | Buffer): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('HTTP Basic', () => {
  test('is a name and a password in UTF-8, parted by the first colon', () => {
    for (const [text, name, password] of [
      ['ops:secret', 'ops', 'secret'],
      ['Jörg@home:a:b:c', 'Jörg@home', 'a:b:c'],
      ['a b"\\:  ', 'a b"\\', '  '],
      [`ops:${'ä'.repeat(36)}`, 'ops', 'ä'.repeat(36)],
    ] as const) {
      assert.deepEqual(readCredentials([basic(text)]), { name, password });
    }
  });

  test('is known in any case, with blanks around its text', () => {
    assert.deepEqual(readCredentials(['bASIC   b3BzOnNlY3JldA==  ']), { name: 'ops', password: 'secret' });
  });

  test('nothing presented is no mistake: a browser asks its user only then', () => {
    assert.equal(readCredentials([]), null);
  });

  for (const [what, fields] of [
    ['another scheme', ['Bearer b3BzOnNlY3JldA==']],
    ['no text', ['Basic']],
    ['an empty text', ['Basic ']],
    ['what is not base64', ['Basic b3Bz!nNlY3JldA==']],
    ['base64 for URLs', ['Basic b3Bz-nNlY3JldA_=']],
    ['two texts', ['Basic b3BzOnNlY3JldA== b3BzOnNlY3JldA==']],
    ['no colon', [basic('ops')]],
    ['Latin-1', [basic(Buffer.from('ops:secr\xe4t', 'latin1'))]],
    ['control characters, which end or hide what bcrypt looks at', [basic('ops:secret\0x')]],
    ['a line end in the name', [basic('ops\n:secret')]],
    ['an empty name', [basic(':secret')]],
    ['an empty password', [basic('ops:')]],
    ['a password of which bcrypt would look only at the beginning', [basic(`ops:${'x'.repeat(73)}`)]],
    ['two fields', [basic('ops:secret'), basic('ops:secret')]],
  ] as const) {
    test(`${what} is a mistake, which does not repeat what was presented`, () => {
      const read = readCredentials(fields);
      assert.ok(read !== null && 'mistake' in read);
      assert.doesNotMatch(read.mistake, /secret|b3Bz|xxx/);
    });
  }
});
