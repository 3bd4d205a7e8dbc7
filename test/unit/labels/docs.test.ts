import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { KNOWN_LABELS } from '../../../src/labels/known.ts';
import { FINDING_CODES } from '../../../src/model/finding.ts';
import { CONTAINER_REASONS } from '../../../src/model/report.ts';

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
    const named = [...text.matchAll(/`(traefik\.[^`=]+)`/g)].map(([, name = '']) => name);
    const families = named.filter((each) => each.endsWith('.*')).map((each) => each.slice(0, -1));
    const missing = KNOWN_LABELS.filter(({ restricts }) => restricts)
      .map(({ name }) => name)
      .filter((name) => !named.includes(name) && !families.some((family) => `${name}.`.startsWith(family)));
    assert.deepEqual(missing, []);
  });
});
