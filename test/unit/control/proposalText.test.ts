import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Proposal } from '../../../src/control/proposal.ts';
import { readProposal } from '../../../src/control/proposalText.ts';
import { SECRET } from '../../support/explained.ts';
import { container, service } from '../../support/snapshots.ts';

function readText(text: string) {
  return readProposal(new TextEncoder().encode(text), false);
}

async function readWell(value: unknown): Promise<Proposal> {
  const read = await readText(JSON.stringify(value));
  if ('mistake' in read) throw new Error(read.mistake);
  return read;
}

suite('a proposal of labels', () => {
  test('lays labels over those of one service, and takes some away', async () => {
    const labels = { 'traefik.port': '8080', 'traefik.domain': null, '': '' };
    assert.deepEqual(await readWell({ service: 'shop/web', labels }), {
      kind: 'labels',
      service: 'shop/web',
      labels: new Map(Object.entries(labels)),
    });
  });

  test('has numbers and truth as text, as metadata in files has', async () => {
    const labels = { 'traefik.port': 8080, 'traefik.enable': true };
    const read = await readWell({ service: 'a/b', labels });
    assert.deepEqual(read.kind === 'labels' && [...read.labels], [
      ['traefik.port', '8080'],
      ['traefik.enable', 'true'],
    ]);
  });

  test('takes any service and label by its name, whatever that is', async () => {
    for (const name of ['__proto__', 'constructor', '\ud800', '\u0000', ' ', 'ü/ß', '?/unnamed-1']) {
      const text = `{"service": ${JSON.stringify(name)}, "labels": {${JSON.stringify(name)}: "x"}}`;
      const read = await readText(text);
      assert.ok('kind' in read && read.kind === 'labels', text);
      assert.deepEqual([read.service, [...read.labels]], [name, [[name, 'x']]]);
    }
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

suite('a proposal of metadata', () => {
  test('is read as that of a file is', async () => {
    const containers = ['web-1', 'web-2'];
    const read = await readWell({
      version: 'v7',
      services: [service({ containers }), { stack_name: 'shop', name: 'odd', labels: 7 }],
      containers: containers.map((name) => container({ name, stack_name: 'shop', service_name: 'web' })),
      anything: 'else',
    });
    assert.ok(read.kind === 'metadata');
    assert.equal(read.snapshot.version, 'v7');
    assert.deepEqual(
      read.snapshot.services.map(({ id, containers: { length }, findings }) => [id, length, findings.length]),
      [
        ['shop/odd', 0, 1],
        ['shop/web', 2, 0],
      ],
    );
  });

  test('says which host it is about where somebody prefers servers on it', async () => {
    const labels = { 'traefik.prefer.local': 'true' };
    const read = await readWell({ services: [service({ labels })], self: { host: { uuid: 'h1' } } });
    assert.equal(read.kind === 'metadata' && read.snapshot.localHostUuid, 'h1');
  });
});

suite('what is no proposal', () => {
  const FORMS = /give \{"service": .*"labels": .*null takes a label away.*\{"services": \[…\]\}$/;
  const deep = `{"services": ${'['.repeat(400_000)}${']'.repeat(400_000)}}`;
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`traefik.x${i}`, '']));
  const wide = `{"services": [${'0,'.repeat(200_000)}0]}`;

  for (const [what, text, code, says] of [
    ['nothing', '', 'not-json', /^the body is not JSON; give/],
    ['a piece', '{"service": "a/b", "labels"', 'not-json', /^the body is not JSON at position \d+ \(line 1/],
    ['text', 'service=a/b', 'not-json', /^the body is not JSON; give/],
    ['a list', '[]', 'bad-proposal', /^the body is a list, where an object is expected/],
    ['a number', '7', 'bad-proposal', /^the body is a number/],
    ['null', 'null', 'bad-proposal', /^the body is null/],
    ['no member', '{}', 'bad-proposal', /^"service" is missing/],
    ['no labels', '{"service": "a/b"}', 'bad-proposal', /^"labels" is missing/],
    ['an odd service', '{"service": 7, "labels": {}}', 'bad-proposal', /^"service" is a number/],
    ['a list of labels', '{"service": "a/b", "labels": []}', 'bad-proposal', /^"labels" is a list/],
    ['null labels', '{"service": "a/b", "labels": null}', 'bad-proposal', /^"labels" is null/],
    ['a misspelling', '{"service": "a/b", "lables": {}}', 'bad-proposal', /^there is no member "lables"/],
    [
      'both',
      '{"service": "a/b", "services": []}',
      'bad-proposal',
      /^there are both "services" and "service"/,
    ],
  ] as const) {
    test(`${what} is told, with both forms that are right`, async () => {
      const read = await readText(text);
      assert.ok('mistake' in read);
      assert.equal(read.code, code);
      assert.match(read.mistake, says);
      assert.match(read.mistake, FORMS);
    });
  }

  for (const [what, text, code, says] of [
    [
      'a label that is a list',
      '{"service": "a/b", "labels": {"traefik.x": []}}',
      'bad-proposal',
      /^the label traefik\.x is a list, where text is expected, or null to take it away$/,
    ],
    [
      'a label that is an object',
      '{"service": "a/b", "labels": {"__proto__": {}}}',
      'bad-proposal',
      /^the label __proto__ is an object/,
    ],
    [
      'what stands for a secret',
      '{"service": "a/b", "labels": {"traefik.frontend.auth.basic": "(redacted)"}}',
      'bad-proposal',
      /^the label traefik\.frontend\.auth\.basic has \(redacted\), .* leave the label out to keep its value/,
    ],
    [
      'it in a rule',
      '{"service": "a/b", "labels": {"traefik.frontend.rule": "Headers:A,(redacted)"}}',
      'bad-proposal',
      /^the label traefik\.frontend\.rule has \(redacted\)/,
    ],
    [
      'services that are no list',
      '{"services": {}}',
      'bad-proposal',
      /^services in the body is \{\}; a list was expected$/,
    ],
    [
      'a version that is no text',
      '{"services": [], "version": 7}',
      'bad-proposal',
      /^version in the body is 7; a string was expected$/,
    ],
    ['depth without end', deep, 'too-much', /nested more than 50 levels deep/],
    [
      'labels without end',
      JSON.stringify({ service: 'a/b', labels: many }),
      'too-much',
      /"labels" has more than 1,000 labels/,
    ],
    ['values without end', wide, 'too-much', /has more than 100,000 values/],
  ] as const) {
    test(`${what} is told`, async () => {
      const read = await readText(text);
      assert.ok('mistake' in read);
      assert.equal(read.code, code);
      assert.match(read.mistake, says);
    });
  }

  test('bytes that are no UTF-8 are told', async () => {
    const read = await readProposal(Uint8Array.of(0x22, 0xff, 0x22), false);
    assert.match('mistake' in read ? read.mistake : '', /^the body is not in UTF-8/);
  });

  test('no mistake repeats a value, which may be a credential', async () => {
    const auth = { 'traefik.frontend.auth.basic.users': SECRET };
    for (const value of [
      { services: auth },
      { services: [], version: { labels: auth } },
      { services: [service({ containers: ['x'] })], containers: { labels: auth } },
      { service: 'a/b', labels: { 'traefik.frontend.auth.basic.users': [SECRET] } },
      { service: 'a/b', labels: [auth] },
      { [`traefik.frontend.auth.basic.users:${SECRET}`]: 1 },
    ]) {
      const read = await readText(JSON.stringify(value));
      assert.ok('mistake' in read && !read.mistake.includes(SECRET), JSON.stringify(value));
    }
    for (const text of [`{"traefik.frontend.auth.basic.users": "${SECRET}`, `{"a": ${SECRET}}`, SECRET]) {
      const read = await readText(text);
      assert.ok('mistake' in read && !read.mistake.includes(SECRET), text);
    }
    // What is set aside in metadata has a finding, which is shown.
    const odd = { stack_name: 'a', name: 'b', labels: { 'traefik.frontend.auth.basic.users': [SECRET] } };
    const nameless = { containers: [{ labels: auth }], stack_name: 'a', name: 'c' };
    const read = await readWell({ services: [odd, nameless] });
    assert.ok(read.kind === 'metadata');
    const findings = read.snapshot.services.flatMap((each) => each.findings);
    assert.equal(findings.length, 2);
    assert.doesNotMatch(JSON.stringify(findings), new RegExp(SECRET));
  });

  test('whatever the JSON is, it is a proposal or told in one short line', async () => {
    const odd = fc.record(
      {
        service: fc.jsonValue(),
        labels: fc.jsonValue(),
        services: fc.jsonValue(),
        containers: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), odd), async (value) => {
        const read = await readText(JSON.stringify(value));
        if (!('mistake' in read)) return;
        assert.ok(read.mistake.length < 600, read.mistake);
        assert.doesNotMatch(read.mistake, /[\p{Cc}\p{Cs}]/u);
      }),
      { numRuns: 500 },
    );
  });
});
