import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseBool } from '../../../src/labels/bool.ts';
import { parseDomain } from '../../../src/labels/domain.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import { splitList } from '../../../src/labels/list.ts';
import { nearest } from '../../../src/model/nearest.ts';
import { problemOfTemplate } from '../../../src/labels/pattern.ts';
import { KNOWN_NAMES, recognise } from '../../../src/labels/registry.ts';
import { expandRule } from '../../../src/labels/rule.ts';
import { shown, shownKey } from '../../../src/labels/shown.ts';
import { parseTemplate } from '../../../src/model/template.ts';

suite('true and false', () => {
  test("are spelled exactly as Go's ParseBool takes them", () => {
    for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) assert.equal(parseBool(text), true, text);
    for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) assert.equal(parseBool(text), false, text);
    for (const text of ['', ' true', 'tRUE', 'yes', 'on', '01', 'null'])
      assert.equal(parseBool(text), null, text);
  });
});

suite('a domain', () => {
  const valid = {
    'example.com': 'example.com',
    'EXAMPLE.com.': 'example.com',
    local: 'local',
    a_b: 'a_b',
    'bücher.example': 'xn--bcher-kva.example',
    'xn--bcher-kva.example': 'xn--bcher-kva.example',
    'a。example': 'a.example',
    '42.example': '42.example',
  };
  for (const [text, domain] of Object.entries(valid)) {
    test(`${text} is matched as ${domain}`, () => assert.equal(parseDomain(text), domain));
  }
  const invalid = [
    '',
    '.',
    '.a',
    'a..b',
    '-a.b',
    'a-.b',
    '*.a',
    'a b',
    'a/b',
    'a:80',
    'a%2eb',
    '[::1]',
    '127.0.0.1',
  ];
  const odd = ['a@b', 'a..', 'xn--', '\u0000', 'a\nb', '\ud800', 'x'.repeat(64), 'x'.repeat(100_000)];
  for (const text of [...invalid, ...odd]) {
    test(`${shown(text).slice(0, 30)} is none`, () => assert.equal(parseDomain(text), null));
  }
});

suite('the registry', () => {
  test('lists each name once', () => {
    const names = KNOWN_LABELS.map(({ name }) => name.toLowerCase());
    assert.equal(new Set(names).size, names.length);
  });

  test('recognises every name that it lists as itself, without a segment', () => {
    for (const known of KNOWN_LABELS) {
      const name = known.name.toLowerCase().replace('**', 'x.y').replace('*', 'x');
      assert.deepEqual(recognise(name), { known, segment: null, nameInSegment: name }, name);
    }
  });

  test('recognises labels in a segment, also those that may not stand in one', () => {
    assert.equal(recognise('traefik.api.frontend.rule')?.segment, 'api');
    assert.equal(recognise('traefik.api.frontend.rule')?.nameInSegment, 'traefik.frontend.rule');
    assert.equal(recognise('traefik.api.frontend.errors.site.query')?.segment, 'api');
    assert.equal(recognise('traefik.api.tags')?.known.inSegments, false);
    assert.equal(recognise('traefik..port'), null);
    assert.equal(recognise('traefik.frontend.errors..query'), null);
    assert.equal(
      recognise('traefik.frontend.port'),
      null,
      'no segment has the name of a part of both families',
    );
  });

  test('knows everything under auth as restricting, also what is unheard of, with and without a segment', () => {
    for (const name of [
      'traefik.frontend.auth',
      'traefik.frontend.auth.new',
      'traefik.x.frontend.auth.new.y',
    ]) {
      assert.equal(recognise(name)?.known.restricts, true, name);
    }
  });
});

suite('the nearest name', () => {
  test('is the one with the fewest edits', () => {
    assert.equal(nearest('traefik.prot', KNOWN_NAMES), 'traefik.port');
    assert.equal(nearest('traefik.frontend.rules', KNOWN_NAMES), 'traefik.frontend.rule');
    assert.equal(nearest('traefik.healthrequired', KNOWN_NAMES), 'traefik.health.required');
  });

  test('is not named where the text is too long to be a misspelling', () => {
    assert.equal(nearest('x'.repeat(1_000_000), KNOWN_NAMES), null);
  });
});

suite('what users wrote, in messages', () => {
  test('is quoted, cut, and shows what is invisible as its code', () => {
    assert.equal(shown('a b'), '"a b"');
    assert.equal(
      shown('\u001b[31m\n\u202e\u2028\ud800'),
      String.raw`"\u{1b}[31m\u{a}\u{202e}\u{2028}\u{d800}"`,
    );
    assert.equal(shown('x'.repeat(1000)).length, 83);
  });

  test('a key is shown in its spelling', () => {
    assert.equal(shownKey('Traefik.Frontend.passHostHeader'), 'Traefik.Frontend.passHostHeader');
    assert.equal(shownKey('traefik.a\u0000b c'), String.raw`traefik.a\u{0}b c`);
  });

  test('a key with credentials in it by mistake ends before them', () => {
    assert.equal(shownKey('traefik.frontend.auth.basic.users:u:hash'), 'traefik.frontend.auth.basic.users…');
    assert.equal(
      shownKey('traefik.frontend.headers.customRequestHeaders=X-Key:s'),
      'traefik.frontend.headers.customRequestHeaders…',
    );
  });
});

suite('a list', () => {
  test('is parted at separators outside of braces', () => {
    assert.deepEqual(splitList(' a, ,{x:[a-z]{1,3}}.b ,c,'), ['a', '{x:[a-z]{1,3}}.b', 'c']);
    assert.deepEqual(splitList('a;{b;c};d', ';'), ['a', '{b;c}', 'd']);
  });
});

suite('a template', () => {
  test('has parts that stand for themselves, and patterns', () => {
    const parts = parseTemplate('/u/{id:[0-9]{2}}/{name}', '[^/]+');
    assert.deepEqual(
      parts?.map(({ kind, text }) => `${kind} ${text}`),
      ['literal /u/', 'pattern [0-9]{2}', 'literal /', 'pattern [^/]+'],
    );
  });

  test('is none where braces do not match, or a name or pattern is missing', () => {
    for (const text of ['{', '}', '{a', 'a}', '{}', '{:a}', '{a:}', '}{', '{a}}', '{{a}'])
      assert.equal(parseTemplate(text, '.*'), null, text);
  });

  test('cannot reach over its braces with one part', () => {
    assert.notEqual(problemOfTemplate('{x:a)|(b}.example', 'host'), null);
  });
});

suite('a rule', () => {
  const any = { hosts: [], paths: [], conditions: [], rewrite: null };

  test('without host and path takes everything', () => {
    assert.deepEqual(expandRule(any), [
      { host: '*', hostKind: 'any', path: '/', pathKind: 'prefix', conditions: [], rewrite: null },
    ]);
  });

  test('is one route for each host and path, each once', () => {
    const [a, b] = ['a', 'b'].map((host) => ({ host, hostKind: 'exact' }) as const);
    const [x, y] = ['/x', '/y'].map((path) => ({ path, pathKind: 'exact' }) as const);
    const routes = expandRule({ ...any, hosts: [[b!, a!, b!]], paths: [[y!, x!]] });
    assert.deepEqual(
      routes.map(({ host, path }) => host + path),
      ['a/x', 'a/y', 'b/x', 'b/y'],
    );
  });

  test('keeps exact hosts for the look-up, whatever else it asks of the host', () => {
    const exact = { host: 'a.b', hostKind: 'exact' } as const;
    const pattern = { host: '{x}.b', hostKind: 'pattern' } as const;
    for (const hosts of [
      [[exact], [pattern]],
      [[pattern], [exact]],
    ]) {
      const [route] = expandRule({ ...any, hosts });
      assert.equal(route?.host, 'a.b');
      assert.deepEqual(route.conditions, [{ what: 'host', anyOf: [pattern] }]);
    }
  });
});
