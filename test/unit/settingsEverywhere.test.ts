import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { SETTINGS, type SettingName } from '../../src/settings.ts';
import { catalogBlock, readText, readYaml } from './deployment/files.ts';

/** Settings that say where the daemon listens inside its container: there, nobody has a reason to change them. */
const FIXED_IN_A_CONTAINER: ReadonlySet<string> = new Set([
  'LB_HTTP_PORT',
  'LB_HTTP_BIND',
  'LB_ADMIN_PORT',
  'LB_ADMIN_BIND',
]);

const names = Object.keys(SETTINGS) as readonly SettingName[];

suite('docs/configuration.md', () => {
  const rows = [...readText('docs/configuration.md').matchAll(/^\| `(LB_\w+)` +\| (.*?) +\|/gm)];
  const documented = new Map(rows.map(([, name = '', fallback = '']) => [name, fallback]));

  test('lists every setting once, in the order of --help, and no other', () => {
    assert.deepEqual(
      rows.map(([, name]) => name),
      names,
    );
  });

  for (const name of names) {
    test(`has the default of ${name}`, () => {
      const nothing = name.endsWith('_BIND') ? 'all addresses' : 'none';
      const { fallback } = SETTINGS[name];
      assert.equal(documented.get(name), fallback === null ? nothing : `\`${fallback}\``);
    });
  }
});

suite('the stack', () => {
  const stack = z.object({ 'active-lb': z.object({ environment: z.record(z.string(), z.string()) }) });
  const { environment } = stack.parse(readYaml('docker-compose.yml'))['active-lb'];
  const { questions } = catalogBlock('rancher-compose.yml');
  const questionOf = (name: string) =>
    questions.find(({ variable }) => environment[name] === `\${${variable}}`);

  test('lets every setting be answered but those of the container, and sets no other', () => {
    const settable = names.filter((name) => !FIXED_IN_A_CONTAINER.has(name));
    assert.deepEqual(Object.keys(environment).toSorted(), settable.toSorted());
  });

  for (const name of names.filter((each) => !FIXED_IN_A_CONTAINER.has(each))) {
    test(`asks for ${name} with our own default`, () => {
      assert.equal(questionOf(name)?.default, SETTINGS[name].fallback ?? '');
    });
  }

  test('publishes the ports that the daemon listens on by itself', () => {
    const { proxy, admin } = readConfig({}, new Map());
    assert.match(readText('docker-compose.yml'), new RegExp(`:${proxy.port}/tcp\n.*:${admin.port}/tcp`));
    const check = z.object({ 'active-lb': z.object({ health_check: z.object({ port: z.number() }) }) });
    assert.equal(check.parse(readYaml('rancher-compose.yml'))['active-lb'].health_check.port, admin.port);
  });

  test('offers no answer that the daemon would refuse', () => {
    for (const name of Object.keys(environment) as SettingName[]) {
      const question = questionOf(name);
      const answers = [...(question?.options ?? []), question?.min ?? '', question?.max ?? ''].map(String);
      for (const answer of answers) readConfig({ [name]: answer }, new Map());
    }
  });
});
