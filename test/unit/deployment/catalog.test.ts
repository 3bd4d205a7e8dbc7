import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { catalogBlock, pathOf, readText, readYaml, type CatalogBlock } from './files.ts';

// The rules are those of Rancher's catalog-service (folder layout, question fields) and of Rancher's catalog documentation.
const template = 'templates/active-lb';
const config = z
  .object({ name: z.string(), version: z.string(), category: z.string(), maintainer: z.string() })
  .parse(readYaml(`${template}/config.yml`));
const folders = readdirSync(pathOf(template), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const blocks = folders.map((folder) => catalogBlock(`${template}/${folder}/rancher-compose.yml`));
const questions = blocks.flatMap((block) => block.questions);

const validDefault: Readonly<Record<string, (question: CatalogBlock['questions'][number]) => boolean>> = {
  string: () => true,
  multiline: () => true,
  password: () => true,
  service: () => true,
  certificate: () => true,
  boolean: (question) => ['true', 'false'].includes(question.default),
  enum: (question) => question.options?.includes(question.default) ?? false,
  int: ({ default: text, min = 0, max = Infinity }) =>
    /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
};

test('folder names are the revisions: consecutive integers from 0', () => {
  const revisions = folders.map(Number).toSorted((a, b) => a - b);
  assert.deepEqual(
    revisions,
    revisions.map((_, index) => index),
  );
});

test('the default version is the version of exactly one folder, or the catalog shows none', () => {
  assert.equal(blocks.filter(({ version }) => version === config.version).length, 1);
});

test('the newest folder equals the pair at the top, so that the catalog and the repository deploy the same', () => {
  const newest = `${template}/${folders.length - 1}`;
  for (const file of ['docker-compose.yml', 'rancher-compose.yml']) {
    assert.equal(readText(`${newest}/${file}`), readText(file), `cp ${file} ${newest}/`);
  }
});

test('every folder has its README, and the template one icon', () => {
  for (const folder of folders) {
    assert.deepEqual(readdirSync(pathOf(`${template}/${folder}`)).toSorted(), [
      'README.md',
      'docker-compose.yml',
      'rancher-compose.yml',
    ]);
  }
  const icons = readdirSync(pathOf(template)).filter((name) => name.startsWith('catalogIcon'));
  assert.deepEqual(icons, ['catalogIcon-active-lb.svg']);
  assert.match(readText(`${template}/${icons[0]}`), /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});

test('versions and upgrade_from are quoted: bare, >= would begin a folded block and 1.0 would be a number', () => {
  for (const folder of folders) {
    const text = readText(`${template}/${folder}/rancher-compose.yml`);
    assert.match(text, /^ {2}version: '[^']+'$/m);
    assert.match(text, /^ {2}upgrade_from: '[<>=~^\d][^']*'$/m);
  }
  assert.match(readText(`${template}/config.yml`), /^version: '[^']+'$/m);
});

test('the maintainer is a name of at least two words and an address', () => {
  for (const { maintainer } of [config, ...blocks]) {
    assert.match(maintainer, /^\S+( \S+)+ <[^\s@<>]+@[^\s@<>]+>$/);
  }
});

test('each version has a uuid of its own, by which Rancher knows what is installed', () => {
  const uuids = blocks.map(({ uuid }) => uuid);
  assert.equal(new Set(uuids).size, uuids.length);
});

for (const question of questions) {
  test(`question ${question.variable}: a type that Rancher has, and a default that is an answer to it`, () => {
    const isValid = validDefault[question.type];
    assert.ok(isValid, `type ${question.type} is none of ${Object.keys(validDefault).join(', ')}`);
    assert.ok(isValid(question), `default ${question.default}`);
    assert.ok(
      !question.required || question.default !== '',
      'a required question needs a default for imports',
    );
  });
}
