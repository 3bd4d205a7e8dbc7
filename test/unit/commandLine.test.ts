import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { helpText, labelChangesOf, nearestVariable, readCommandLine } from '../../src/commandLine.ts';
import { flagOf, SETTINGS, type SettingName } from '../../src/settings.ts';

const NAMES = Object.keys(SETTINGS) as readonly SettingName[];

function mistakesOf(...args: readonly string[]): readonly string[] {
  return readCommandLine(args).mistakes;
}

suite('commands', () => {
  test('nothing is the daemon, as is run', () => {
    assert.deepEqual(readCommandLine([]), readCommandLine(['run']));
    assert.equal(readCommandLine([]).command, 'run');
  });

  test('demo may show its scenario', () => {
    const { command, scenario } = readCommandLine(['demo', '--scenario']);
    assert.deepEqual([command, scenario], ['demo', true]);
    assert.equal(readCommandLine(['demo']).scenario, false);
  });

  test('explain takes one source, before or after its flag', () => {
    for (const args of [
      ['explain', 'file:x.json', '--json'],
      ['explain', '--json', 'file:x.json'],
      ['--json', 'explain', 'file:x.json'],
    ]) {
      const { command, operands, json } = readCommandLine(args);
      assert.deepEqual([command, operands, json], ['explain', ['file:x.json'], true]);
    }
  });

  test('explain may be asked about a request, each header by a flag of its own, or about a service', () => {
    const request = [
      '--host',
      'a.test',
      '--path=/x',
      '--method',
      'POST',
      '--header',
      'A: b',
      '--header',
      'C: d',
    ];
    const { questions, mistakes } = readCommandLine(['explain', 'file:x.json', ...request]);
    assert.deepEqual(mistakes, []);
    assert.deepEqual(
      [...questions],
      [
        ['host', ['a.test']],
        ['path', ['/x']],
        ['method', ['POST']],
        ['header', ['A: b', 'C: d']],
      ],
    );
    const { questions: ofService } = readCommandLine(['explain', '--service', 'shop/api']);
    assert.deepEqual([...ofService], [['service', ['shop/api']]]);
  });

  test('explain may be asked about a service with other labels; of one that is given twice the last counts', () => {
    const line = readCommandLine([
      'explain',
      '--service=a/b',
      '--with-label',
      'traefik.port=80',
      '--with-label=traefik.frontend.rule=Query:a=b',
      '--without-label',
      'traefik.domain',
      '--with-label=traefik.port=8080',
      '--with-label=traefik.tags=',
    ]);
    assert.deepEqual(line.mistakes, []);
    assert.deepEqual(Object.fromEntries(labelChangesOf(line)), {
      'traefik.domain': null,
      'traefik.port': '8080',
      'traefik.frontend.rule': 'Query:a=b',
      'traefik.tags': '',
    });
    assert.equal(labelChangesOf(readCommandLine(['explain', '--service', 'a/b'])).size, 0);
  });

  test('help and version have a short form', () => {
    for (const flag of ['--help', '-h']) assert.equal(readCommandLine([flag]).help, true);
    for (const flag of ['--version', '-v']) assert.equal(readCommandLine([flag]).version, true);
  });
});

suite('settings', () => {
  for (const name of NAMES) {
    test(`${flagOf(name)} is ${name}, in both forms`, () => {
      for (const args of [[flagOf(name), 'x'], [`${flagOf(name)}=x`]]) {
        assert.deepEqual([...readCommandLine(args).settings], [[name, 'x']]);
      }
    });
  }

  test('the last of several wins, as scripts that append flags expect', () => {
    const { settings } = readCommandLine(['--http-port', '1', '--http-port', '2']);
    assert.equal(settings.get('LB_HTTP_PORT'), '2');
  });

  test('an empty value is handed on: it counts as unset', () => {
    assert.equal(readCommandLine(['--http-port=']).settings.get('LB_HTTP_PORT'), '');
  });

  test('the value of a flag is no command', () => {
    assert.equal(readCommandLine(['--default-domain', 'demo', 'explain']).command, 'explain');
  });
});

suite('mistakes', () => {
  test('a switch takes no value', () => {
    assert.deepEqual(mistakesOf('explain', '--json=yes'), ['--json: takes no value']);
  });

  for (const [args, ...said] of [
    [['start'], /start: no such command; there are run, demo, explain/],
    [['--htp-port', '80'], /--htp-port: no such flag/],
    [['-abc'], /-a: no such flag/],
    [['--no-watch'], /--no-watch: no such flag/],
    [['-p'], /-p: no such flag/],
    [['--http-port'], /--http-port: a value is missing; port of the HTTP entrypoint/],
    [['explain', 'a', 'b'], /b: one argument too many for explain/],
    [['run', 'a'], /a: one argument too many for run/],
    [['--json'], /--json: only for explain/],
    [['--scenario', 'explain'], /--scenario: only for demo/],
    [['--host', 'a'], /--host: only for explain/],
    [['explain', '--host'], /--host: a value is missing; for example --host web\.example\.com/],
    [['explain', '--path', '/'], /--path: only with --host/],
    [['explain', '--service', 'a/b', '--method', 'GET'], /--method: only with --host/],
    [['explain', '--service', 'a/b', '--host', 'a'], /--host and --service: give one of them/],
    [['explain', '--with-label', 'a=b'], /--with-label: only with --service/],
    [['explain', '--host', 'a', '--without-label', 'a'], /--without-label: only with --service/],
    [['explain', '--service', 'a/b', '--with-label'], /--with-label: a value is missing; for example/],
    [
      ['explain', '--service', 'a/b', '--with-label', 'secret'],
      /--with-label: a name or "=" is missing; for example --with-label traefik\.port=8080$/,
    ],
    [['explain', '--service', 'a/b', '--with-label', '=secret'], /--with-label: a name or "=" is missing;/],
    [
      ['explain', '--service', 'a/b', '--with-label', 'a=b', '--without-label', 'a'],
      /one label is given to both/,
    ],
    [
      ['--with-label', 'a=b', '--service', 'a/b'],
      /--with-label: only for explain/,
      /--service: only for explain/,
    ],
    [['--http-prot=80'], /--http-prot: no such flag; the nearest is --http-port; active-lb --help/],
    [['explain', '--hots=a'], /--hots: no such flag; the nearest is --host;/],
    [['explain', '--jsn'], /--jsn: no such flag; the nearest is --json;/],
    [['--something-else'], /--something-else: no such flag; active-lb --help/],
  ] as const) {
    test(args.join(' '), () => {
      const mistakes = mistakesOf(...args);
      assert.equal(mistakes.length, said.length, mistakes.join('\n'));
      for (const [i, pattern] of said.entries()) assert.match(mistakes[i] ?? '', pattern);
    });
  }

  test('never repeat what may be a line of LB_ADMIN_USERS that went astray', () => {
    for (const args of [
      ['--admin-user', 'secret'],
      ['--admin-user=secret'],
      ['--admin-users:ops:secret'],
      ['-admin-users', 'secret'],
      ['--admin-users', 'ops:x', 'dev:secret'],
      ['--adminusers', '--', 'ops:secret'],
      ['LB_ADMIN_USERS=secret'],
      ['run', 'LB_ADMIN_USERS=secret'],
      ['explain', 'http://a/', 'http://ops:secret@b/'],
    ]) {
      const mistakes = mistakesOf(...args);
      assert.equal(mistakes.length, 1, mistakes.join('\n'));
      assert.doesNotMatch(mistakes[0] ?? '', /secret/);
    }
    assert.deepEqual(mistakesOf('run', 'a b'), ['argument 2: one argument too many for run']);
  });

  test('a mistyped variable is told with the nearest setting, where one is near', () => {
    assert.equal(nearestVariable('LB_HTTP_PROT'), 'LB_HTTP_PORT');
    assert.equal(nearestVariable('lb_log_levle'), 'LB_LOG_LEVEL');
    assert.equal(nearestVariable('LB_WHATEVER_THIS_IS'), null);
  });

  test('all are told at once', () => {
    assert.equal(mistakesOf('strat', '--jsno', '--scenario').length, 3);
  });
});

suite('--help', () => {
  const help = helpText();

  for (const name of NAMES) {
    test(`tells of ${name}: its flag and its default`, () => {
      const [line = '', ...more] = help.split('\n').filter((each) => each.startsWith(`  ${name} `));
      assert.deepEqual(more, []);
      assert.ok(line.includes(` ${flagOf(name)} `), line);
      const { fallback } = SETTINGS[name];
      assert.equal(/ \[([^\]]*)\]$/.exec(line)?.[1] ?? null, fallback);
    });
  }

  test('tells of every command', () => {
    for (const command of [
      '[run]',
      'demo',
      'explain',
      '--json',
      '--scenario',
      '--version',
      '--host',
      '--path',
      '--method',
      '--header',
      '--service',
      '--with-label',
      '--without-label',
    ]) {
      assert.ok(help.includes(command), command);
    }
  });
});
