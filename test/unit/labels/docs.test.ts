import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import { FINDING_CODES } from '../../../src/model/finding.ts';
import { CONTAINER_REASONS } from '../../../src/model/report.ts';
import { parseGolden, splitGolden } from '../../golden/golden.ts';

const text = readFileSync(new URL('../../../docs/labels.md', import.meta.url), 'utf8');

/** First cells of the rows of all tables. */
const rows = text.split('\n').flatMap((line) => /^\| `([^`]+)` +\|/.exec(line)?.[1] ?? []);

suite('docs/labels.md', () => {
  const supported = KNOWN_LABELS.filter(({ stage }) => stage === 'A').map(({ name }) => name);
  for (const name of [...FINDING_CODES, ...CONTAINER_REASONS, ...supported]) {
    test(`explains ${name} in a row of its own, once`, () => {
      assert.equal(rows.filter((row) => row === name).length, 1);
    });
  }

  test('explains nothing that does not exist', () => {
    const known: ReadonlySet<string> = new Set([
      ...FINDING_CODES,
      ...CONTAINER_REASONS,
      ...KNOWN_LABELS.map(({ name }) => name),
    ]);
    const families = ['traefik.frontend.auth.*'];
    assert.deepEqual(
      rows.filter((row) => !known.has(row) && !families.includes(row)),
      [],
    );
  });

  test('names every label for which a service is refused, itself or by its family', () => {
    const named = [...text.matchAll(/`(traefik\.[^`=]+)(?:=[^`]*)?`/g)].map(([, name = '']) => name);
    const families = named.filter((each) => each.endsWith('.*')).map((each) => each.slice(0, -1));
    const missing = KNOWN_LABELS.filter(({ restricts }) => restricts)
      .map(({ name }) => name)
      .filter((name) => !named.includes(name) && !families.some((family) => `${name}.`.startsWith(family)));
    assert.deepEqual(missing, []);
  });
});

suite('golden files', () => {
  const folder = new URL('../../golden/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  const services = files.flatMap((file) => {
    const { given } = splitGolden(readFileSync(new URL(file, folder), 'utf8'));
    return parseGolden(given).snapshot.services;
  });
  const used = new Set(services.flatMap(({ labels }) => Object.keys(labels).map((key) => key.toLowerCase())));
  for (const { name, inSegments } of KNOWN_LABELS.filter(({ stage }) => stage === 'A')) {
    test(`show what comes of ${name}${inSegments ? ', also in a segment' : ''}`, () => {
      assert.ok(used.has(name.toLowerCase()));
      const inSomeSegment = name.toLowerCase().replace('traefik.', '.');
      const shownInSegment = [...used].some(
        (key) => /^traefik\.[^.]+\./.test(key) && key.endsWith(inSomeSegment),
      );
      assert.equal(shownInSegment || !inSegments, true);
    });
  }

  test('are at least 120', () => assert.ok(files.length >= 120, `${files.length}`));

  const [, section = ''] = /## Where the two systems differ\n([^#]*)/.exec(text) ?? [];
  const topics = section.split('\n').flatMap((line) => /^\| ([a-z][^|]*[a-z]) +\|/.exec(line)?.[1] ?? []);
  for (const topic of topics.slice(1)) {
    test(`show what comes of that in which the two systems differ: ${topic}`, () => {
      assert.ok(files.includes(`differs-${topic.replace(/[^a-z]+/g, '-')}.txt`));
    });
  }

  test('tell of no difference that docs/labels.md does not', () => {
    assert.equal(files.filter((file) => file.startsWith('differs-')).length, topics.length - 1);
  });
});
