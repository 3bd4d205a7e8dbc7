import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { cookieValues, stickyCookie } from '../../../src/proxy/cookies.ts';
import { fieldsOf } from './heads.ts';

suite('the cookies of a request', () => {
  for (const [what, lines, values] of [
    ['none', [], []],
    ['one', ['Cookie: lb=abc'], ['abc']],
    ['one among others', ['Cookie: a=1; lb=abc; b=2'], ['abc']],
    ['one without spaces', ['Cookie: a=1;lb=abc;b=2'], ['abc']],
    ['one with too many spaces', ['Cookie:  a=1 ;  lb = abc ; b'], ['abc']],
    ['one in quotes, which are no part of it', ['Cookie: lb="abc"'], ['abc']],
    ['several of one name, in order', ['Cookie: lb=abc; lb=def'], ['abc', 'def']],
    ['several fields', ['Cookie: lb=abc', 'cookie: x=y', 'COOKIE: lb=def'], ['abc', 'def']],
    ['one with equals signs in it', ['Cookie: lb=a=b=='], ['a=b==']],
    ['an empty one', ['Cookie: lb='], ['']],
    ['one whose name only ends so', ['Cookie: xlb=abc'], []],
    ['one whose name only begins so', ['Cookie: lbx=abc'], []],
    ['one in other letters, since names are told apart by case', ['Cookie: LB=abc'], []],
    ['a name in a value', ['Cookie: a=lb=abc'], []],
    ['a name without a value', ['Cookie: lb; lb'], []],
    ['another field', ['X-Cook: lb=abc', 'Cookie2: lb=abc'], []],
  ] as const) {
    test(what, () => assert.deepEqual(cookieValues(fieldsOf(...lines), 'lb'), values));
  }

  test('whatever a client sends is read without a complaint', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (before, after) => {
        assert.ok(cookieValues(['Cookie', `${before};lb=abc;${after}`], 'lb').includes('abc'));
        cookieValues(['Cookie', before], 'lb');
      }),
    );
  });
});

suite('the cookie that is set', () => {
  const plain = { cookie: 'lb', secure: false, httpOnly: false, sameSite: null };

  test('holds for all paths and until the browser is closed', () => {
    assert.equal(stickyCookie(plain, 'abc'), 'lb=abc; Path=/');
  });

  test('has the attributes that are asked for', () => {
    assert.equal(
      stickyCookie({ ...plain, secure: true, httpOnly: true, sameSite: 'none' }, 'abc'),
      'lb=abc; Path=/; Secure; HttpOnly; SameSite=None',
    );
    assert.equal(stickyCookie({ ...plain, sameSite: 'lax' }, 'abc'), 'lb=abc; Path=/; SameSite=Lax');
    assert.equal(stickyCookie({ ...plain, sameSite: 'strict' }, 'abc'), 'lb=abc; Path=/; SameSite=Strict');
  });
});
