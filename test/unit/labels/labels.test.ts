import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseBool } from '../../../src/labels/bool.ts';
import { parseDomain } from '../../../src/labels/domain.ts';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import { nearest } from '../../../src/labels/nearest.ts';
import { KNOWN_NAMES, recognise } from '../../../src/labels/registry.ts';
import { shown, shownKey } from '../../../src/labels/shown.ts';

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
      assert.deepEqual(recognise(name), { known, segment: null }, name);
    }
  });

  test('recognises in a segment what may stand in one, and no other', () => {
    assert.equal(recognise('traefik.api.frontend.rule')?.segment, 'api');
    assert.equal(recognise('traefik.api.frontend.errors.site.query')?.segment, 'api');
    assert.equal(recognise('traefik.api.enable'), null);
    assert.equal(recognise('traefik.api.tags'), null);
    assert.equal(recognise('traefik..port'), null);
    assert.equal(recognise('traefik.frontend.errors..query'), null);
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
