import { suite, test } from 'node:test';
import assert from 'node:assert/strict';
import { caseOf } from '../../fuzz/cases.ts';
import { fuzz, type Disagreement } from '../../fuzz/fuzzer.ts';
import { meddled } from '../../fuzz/relay.ts';
import { describeDifference } from '../../fuzz/report.ts';
import type { LaneUnderTest } from '../../fuzz/track.ts';

const FULL: LaneUnderTest = { name: 'full lane', settings: {} };
const SEED = 1;

/** The first disagreement of the full lane against another. */
async function findIn(
  other: LaneUnderTest,
  cases: number,
  shrinkMs = 10_000,
): Promise<{ disagreements: Disagreement[]; text: string }> {
  const disagreements: Disagreement[] = [];
  await fuzz({
    lanes: [FULL, other],
    seed: SEED,
    from: 0,
    to: cases,
    width: 8,
    maxKinds: 1,
    shrinkMs,
    found: (disagreement) => disagreements.push(disagreement),
  });
  const shown = disagreements[0]?.smallest;
  const text = shown ? describeDifference(shown.difference, shown.played, [FULL.name, other.name]) : '';
  return { disagreements, text };
}

test('the full lane does the same as the full lane in a hundred cases', async () => {
  const { disagreements, text } = await findIn(FULL, 100);
  assert.deepEqual(disagreements, [], text);
});

test('a case is the same each time it is made, and another one for another number or seed', () => {
  assert.deepEqual(caseOf(7, 1234), caseOf(7, 1234));
  assert.notDeepEqual(caseOf(7, 1234), caseOf(7, 1235));
  assert.notDeepEqual(caseOf(7, 1234), caseOf(8, 1234));
});

suite('a fault that was planted is found, made small, and told', () => {
  test('a field is missing at the server', async () => {
    const { disagreements, text } = await findIn(
      meddled(FULL, { request: (packet) => packet.replace(/X-Kind: odd\r\n/g, '') }),
      1_000,
    );
    const { bytes, cuts } = disagreements[0]!.smallest!.played;
    assert.match(bytes, /X-Kind: odd\r\n/);
    assert.ok(bytes.length < 60, bytes);
    assert.deepEqual(cuts, []);
    assert.match(text, /First difference:\n {2}full lane: X-Kind: odd\n/);
  });

  test('a field name is spelled in another way for the client', async () => {
    const { disagreements, text } = await findIn(
      meddled(FULL, { response: (packet) => packet.replace('Set-Cookie:', 'set-cookie:') }),
      1_000,
    );
    assert.ok(disagreements[0]!.smallest!.played.bytes.length < 60);
    assert.match(text, /full lane: Set-Cookie: .*\n.*meddled with: set-cookie: /);
  });

  test('a body loses its first byte', async () => {
    const { disagreements, text } = await findIn(
      meddled(FULL, {
        request: (packet) =>
          packet.replace(/(Content-Length: )(\d+)(\r\n(?:[^\r]+\r\n)*\r\n)x/, (_, name, length, rest) =>
            [name, Number(length) - 1, rest].join(''),
          ),
      }),
      3_000,
    );
    const { bytes } = disagreements[0]!.smallest!.played;
    assert.match(bytes, /\r\n\r\nx/);
    assert.ok(bytes.length < 120, bytes);
    assert.match(text, /First difference:\n {2}full lane: Content-Length: \d+\n.*: Content-Length: \d+$/);
  });

  test('a body is taken for the next request', async () => {
    const { disagreements } = await findIn(
      meddled(FULL, { request: (packet) => packet.replace(/\r\nContent-Length: \d+\r\n/i, '\r\n') }),
      1_000,
      1_000,
    );
    assert.match(disagreements[0]!.smallest!.played.bytes, /\r\nContent-Length: \d+\r\n/i);
  });

  test('a connection is closed that could be kept', async () => {
    const closing = 'Host: a.test\r\nConnection: close\r\n';
    const { disagreements } = await findIn(
      meddled(FULL, { request: (packet) => packet.replace('Host: a.test\r\n', closing) }),
      1_000,
      1_000,
    );
    assert.match(disagreements[0]!.difference.lines[1].join('\n'), /the proxy closed the connection/);
  });

  test('a setting is another: forwarded fields of the client are believed', async () => {
    const { disagreements, text } = await findIn(
      { name: 'trusting lane', settings: { trustedProxies: ['127.0.0.0/8'] } },
      1_000,
    );
    const sizes = disagreements.map(({ smallest }) => smallest?.played.bytes.length ?? Infinity);
    assert.ok(Math.min(...sizes) < 90, sizes.join(', '));
    assert.match(text, /X-|Forwarded/);
  });
});
