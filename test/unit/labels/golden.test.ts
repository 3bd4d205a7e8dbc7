import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { derive } from '../../../src/control/derive.ts';
import { joinGolden, parseGolden, splitGolden } from '../../golden/golden.ts';
import { renderDerivation } from '../../golden/render.ts';

const FOLDER = new URL('../../golden/', import.meta.url);

/** `UPDATE_GOLDEN=1` writes what is derived into the files; the test still fails where that differs, so look at the diff. */
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

suite('golden files: labels above, what comes of them below', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));
  assert.ok(files.length >= 45, `only ${files.length} golden files in ${FOLDER.pathname}`);
  for (const file of files) {
    test(file.replace('.txt', ''), () => {
      const url = new URL(file, FOLDER);
      const { given, expected } = splitGolden(readFileSync(url, 'utf8'));
      const { snapshot, settings } = parseGolden(given);
      const actual = renderDerivation(derive(snapshot, settings));
      if (UPDATE && actual !== expected) writeFileSync(url, joinGolden(given, actual));
      assert.equal(actual, expected);
    });
  }
});
