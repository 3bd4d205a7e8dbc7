import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parametersOf, questionFrom, questionIn } from '../../../src/dashboard/question.ts';

const OTHERS = { path: '', method: 'GET', header: '' };

suite('what is typed as a host', () => {
  for (const [typed, host, path] of [
    ['http://web.test:8080/a/b?c=1#d', 'web.test:8080', '/a/b?c=1'],
    ['  HTTPS://Web.Test ', 'Web.Test', '/'],
    ['http://web.test?a', 'web.test', '/?a'],
    ['web.test/a?b=/c', 'web.test', '/a?b=/c'],
    ['web.test?b=c', 'web.test', '/?b=c'],
    ['web.test', 'web.test', ''],
    [' web.test:80 ', 'web.test:80', ''],
    ['[::1]:80/x', '[::1]:80', '/x'],
    ['/only/path', '/only/path', ''],
    ['wss://web.test/x', 'web.test', '/x'],
  ] as const) {
    test(`${JSON.stringify(typed)} is the host ${host} and the path ${path || 'that is typed beside it'}`, () => {
      assert.deepEqual(questionFrom(typed, OTHERS), { ...OTHERS, host, path });
    });
  }

  test('leaves method and header as they are, and the path where there is none in it', () => {
    const others = { path: '/kept', method: 'POST', header: 'A: b' };
    assert.deepEqual(questionFrom('a.test', others), { ...others, host: 'a.test' });
    assert.equal(questionFrom('http://a.test', others).path, '/');
  });
});

suite('the parameters of a question', () => {
  test('leave out what is blank or usual', () => {
    assert.equal(
      parametersOf({ ...OTHERS, host: 'a.test', path: ' ', header: '\n \n' }).toString(),
      'host=a.test',
    );
  });

  test('fill the same fields again', () => {
    const question = { host: 'a.test', path: '/x?y=1&z', method: 'POST', header: 'A: b&c\nD: e' };
    const parameters = parametersOf(question);
    assert.deepEqual(parameters.getAll('header'), ['A: b&c', 'D: e']);
    assert.deepEqual(questionIn(new URLSearchParams(parameters.toString())), question);
  });

  test('fill fields however they were written', () => {
    assert.deepEqual(questionIn(new URLSearchParams('method=post&service=a/b')), {
      host: '',
      path: '',
      method: 'POST',
      header: '',
    });
  });
});
