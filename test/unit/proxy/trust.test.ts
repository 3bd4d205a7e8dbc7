import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isPrivate, plainAddress, trustOf } from '../../../src/proxy/trust.ts';

suite('a plain address', () => {
  for (const [address, plain] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1%eth0', '10.0.0.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::1', '2001:db8::1'],
    [undefined, ''],
  ] as const) {
    test(`of ${address} is ${plain}`, () => assert.equal(plainAddress(address), plain));
  }
});

suite('trust', () => {
  for (const [cidr, trusted, untrusted] of [
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0', '::1']],
    ['10.1.2.3/8', ['10.9.9.9'], ['11.1.2.3']],
    ['10.0.0.1', ['10.0.0.1'], ['10.0.0.2']],
    ['10.0.0.1/32', ['10.0.0.1'], ['10.0.0.0']],
    ['0.0.0.0/0', ['1.2.3.4'], ['::1']],
    ['fd00::/8', ['fd00::1', 'fdff::1'], ['fe00::1', '10.0.0.1']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
    ['::ffff:10.0.0.0/104', ['10.1.1.1'], ['11.1.1.1']],
    ['::ffff:10.0.0.1', ['10.0.0.1'], ['10.0.0.2']],
  ] as const) {
    test(`in ${cidr} covers ${trusted.join(', ')} and not ${untrusted.join(', ')}`, () => {
      const isTrusted = trustOf([cidr]);
      for (const peer of trusted) assert.equal(isTrusted(peer), true, peer);
      for (const peer of untrusted) assert.equal(isTrusted(peer), false, peer);
    });
  }

  test('in several networks is trust in each', () => {
    const isTrusted = trustOf(['10.0.0.0/8', 'fd00::/8']);
    assert.deepEqual(['10.0.0.1', 'fd00::1', '192.168.0.1'].map(isTrusted), [true, true, false]);
  });

  test('in nobody is the default, and what is no address is never trusted', () => {
    for (const peer of ['127.0.0.1', '::1', '']) assert.equal(trustOf([])(peer), false);
    for (const peer of ['', 'junk', '10.0.0', '10.0.0.1:80', '10.0.0.1 ', '[::1]']) {
      assert.equal(trustOf(['0.0.0.0/0', '::/0'])(peer), false, peer);
    }
  });
});

test('a balancer in front of us would have a private address', () => {
  for (const peer of [
    '127.0.0.1',
    '10.42.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '::1',
    'fd00::1',
  ]) {
    assert.equal(isPrivate(peer), true, peer);
  }
  for (const peer of ['8.8.8.8', '172.32.0.1', '172.15.0.1', '2001:db8::1', '', 'junk']) {
    assert.equal(isPrivate(peer), false, peer);
  }
});
