import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { readAdminUsers } from '../../src/adminUsers.ts';

const REST = hashSync('secret', 4).slice(7);
const HASH = `$2y$10$${REST}`;

/** What is wrong with a text. */
function mistakesIn(text: string): readonly string[] {
  const read = readAdminUsers(text);
  assert.ok('mistakes' in read, 'was taken');
  return read.mistakes;
}

describe('lines of htpasswd', () => {
  test('are separated by commas or line ends, with blanks around them', () => {
    const name = 'Jörg (night shift) $ops';
    assert.deepEqual(readAdminUsers(` ops:${HASH} ,\r\n\n${name}:${HASH},`), {
      users: [
        { name: 'ops', hash: HASH },
        { name, hash: HASH },
      ],
    });
  });

  test('are taken with each spelling of bcrypt and a cost from 4 to 14', () => {
    for (const beginning of ['$2a$04', '$2b$10', '$2y$14']) {
      assert.ok('users' in readAdminUsers(`ops:${beginning}$${REST}`), beginning);
    }
  });
});

describe('what is wrong', () => {
  for (const [what, hash, says] of [
    ['MD5', '$apr1$DVmpqQ7W$Y3cHHVdN5p4rB6hYIwqT50', /an MD5 hash; only bcrypt is taken/],
    ['old MD5', '$1$DVmpqQ7W$Y3cHHVdN5p4rB6hYIwqT50', /an MD5 hash/],
    ['SHA-1', '{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', /a SHA-1 hash/],
    ['SHA-256', '$5$Tq3kd8$LmPz0wYx', /a SHA-256 hash/],
    ['SHA-512', '$6$Tq3kd8$LmPz0wYx', /a SHA-512 hash/],
    ['argon2', '$argon2id$v=19$m=65536$x', /a hash of another kind/],
    ['yescrypt', '$y$j9T$Tq3kd8$LmPz0wYx', /a hash of another kind/],
    ['an old bcrypt', `$2x$10$${REST}`, /an old, broken bcrypt/],
    ['crypt', 'rqXexS6ZhobKA', /crypt \(DES\) hash, or a password in plain text/],
    ['plain text', 'correct horse!', /perhaps a password in plain text/],
    ['a cost that protects nothing', `$2y$03$${REST}`, /its cost is 3; take one from 4 to 14/],
    ['a cost that takes seconds', `$2y$15$${REST}`, /its cost is 15; take one from 4 to 14/],
    ['a hash cut off', `$2y$10$${REST.slice(0, -1)}`, /has 52 characters after the cost instead of 53/],
    ['a damaged hash', `$2y$10$${REST.slice(0, 21)}z${REST.slice(22)}`, /is damaged/],
    ['doubled dollars', HASH.replaceAll('$', '$$$$'), /doubled, which only a compose file needs/],
    ['nothing left', '', /write \$\$ for each \$ in a compose file/],
    ['no salt left', './abcdefghijklmnopqrstuvwxyz', /write \$\$/],
    ['cost left', 'y0./abcdefghijklmnopqrstuvwxyz', /single quotes around it in a shell/],
    ['dollars left out', `2y10${REST}`, /write \$\$/],
  ] as const) {
    test(`${what} is told with line and user, and without what stands there`, () => {
      const [mistake = '', ...more] = mistakesIn(`dev:${HASH},ops:${hash}`);
      assert.deepEqual(more, []);
      assert.match(mistake, /^line 2 \(user "ops"\): /);
      assert.match(mistake, says);
      for (const part of hash.split(/[$=]/).filter((part) => part.length > 3)) {
        assert.ok(!mistake.includes(part), mistake);
      }
    });
  }

  test('a text of nothing but blanks and commas is no list of nobody, which would let everybody in', () => {
    for (const text of [' ', ',', ' ,\n']) assert.match(mistakesIn(text)[0] ?? '', /no line/);
  });

  test('the same name twice is told with both lines, since only one of them would count', () => {
    assert.deepEqual(mistakesIn(`ops:${HASH},dev:${HASH},ops:${HASH}`), [
      'line 3 (user "ops"): the same name as in line 1; give each user one line',
    ]);
  });

  test('all lines with hashes are told at once', () => {
    assert.equal(mistakesIn(`a:$1$x$y,b:${HASH},c:$5$x$y`).length, 2);
  });

  test('a password in plain text with commas and colons in it is not told in pieces', () => {
    const mistakes = mistakesIn(`ops:correct,horse:battery,staple,dev:$1$x$y`);
    assert.equal(mistakes.length, 1);
    assert.doesNotMatch(mistakes.join(), /correct|horse|battery|staple/);
  });

  test('a line without a colon may be a password, and is not told', () => {
    assert.deepEqual(mistakesIn('correct-horse'), ['line 1: no colon between a name and a hash']);
    assert.match(mistakesIn(`:${HASH}`)[0] ?? '', /^line 1: no name/);
  });

  test('a name that HTTP Basic cannot carry is refused, and not shown', () => {
    for (const name of ['a\u0007b', 'x'.repeat(256)]) {
      assert.match(mistakesIn(`${name}:${HASH}`)[0] ?? '', /^line 1: its name is too long or has control/);
    }
  });
});
