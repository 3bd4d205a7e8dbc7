import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deriveSettings } from '../support/model.ts';
import { ConfigError, readConfig, unknownVariables } from '../../src/config.ts';
import { flagOf, SETTINGS, type SettingName } from '../../src/settings.ts';

type Environment = Readonly<Record<string, string>>;

function configOf(
  environment: Environment = {},
  flags: Partial<Record<SettingName, string>> = {},
  before: readonly string[] = [],
) {
  return readConfig(environment, new Map(Object.entries(flags) as [SettingName, string][]), before);
}

function mistakesOf(
  environment: Environment,
  flags: Partial<Record<SettingName, string>> = {},
  before: readonly string[] = [],
) {
  try {
    configOf(environment, flags, before);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

/** The contract: every setting with its default. */
const DEFAULTS: Readonly<Record<SettingName, string | null>> = {
  LB_METADATA_URL: 'http://rancher-metadata/2016-07-29',
  LB_REFRESH_INTERVAL: '60s',
  LB_WATCH: 'true',
  LB_HTTP_PORT: '8080',
  LB_HTTP_BIND: null,
  LB_ADMIN_PORT: '8000',
  LB_ADMIN_BIND: null,
  LB_DEFAULT_DOMAIN: null,
  LB_HOST_TEMPLATE: null,
  LB_CONSTRAINTS: null,
  LB_HEALTH_REQUIRED: 'true',
  LB_ALLOW_UNSUPPORTED: 'false',
  LB_PREFER_LOCAL: 'false',
  LB_INSECURE_SKIP_VERIFY: 'false',
  LB_TRUSTED_PROXIES: null,
  LB_UPGRADES: 'websocket',
  LB_LOG_LEVEL: 'info',
  LB_GRACE_PERIOD: '8s',
  LB_STOP_DELAY: '0s',
  LB_CONNECT_TIMEOUT: '5s',
  LB_RESPONSE_TIMEOUT: '60s',
  LB_IDLE_TIMEOUT: '180s',
  LB_SERVER_IDLE_TIMEOUT: '4s',
  LB_STREAM_TIMEOUT: '1h',
  LB_HEADER_TIMEOUT: '10s',
  LB_MAX_HEADER_SIZE: '16384',
  LB_MAX_BODY_SIZE: '0',
  LB_STATE_DIR: null,
  LB_RETRY_ATTEMPTS: '2',
  LB_MAX_CONNECTIONS: '20000',
  LB_MAX_SERVER_REQUESTS: '1000',
  LB_MAX_QUEUE: '1000',
  LB_MAX_REMOVAL: '80',
  LB_REMOVAL_HOLD: '60s',
  LB_WORKERS: '0',
  LB_FAST_LANE: 'on',
  LB_ACCESS_LOG: 'off',
  LB_ADMIN_USERS: null,
  LB_ADMIN_HOSTS: null,
  LB_METRICS_PUBLIC: 'false',
};

/** A value that no default is, and a value that is not allowed, for each setting. */
const OTHER: Readonly<Record<SettingName, readonly [string, string]>> = {
  LB_METADATA_URL: ['file:/tmp/metadata.json', 'rancher-metadata'],
  LB_REFRESH_INTERVAL: ['2m', '999ms'],
  LB_WATCH: ['false', 'maybe'],
  LB_HTTP_PORT: ['8081', '65536'],
  LB_HTTP_BIND: ['127.0.0.1', 'localhost'],
  LB_ADMIN_PORT: ['8001', '-1'],
  LB_ADMIN_BIND: ['::1', '127.0.0.256'],
  LB_DEFAULT_DOMAIN: ['example.test', 'http://example.test'],
  LB_HOST_TEMPLATE: ['{service}-{stack}.{domain}', '{stack}.{domain}'],
  LB_CONSTRAINTS: ['tag==api, tag!=internal*', 'api'],
  LB_HEALTH_REQUIRED: ['false', '2'],
  LB_ALLOW_UNSUPPORTED: ['true', 'all'],
  LB_PREFER_LOCAL: ['true', 'here'],
  LB_INSECURE_SKIP_VERIFY: ['true', 'never'],
  LB_TRUSTED_PROXIES: ['10.0.0.0/8', '10.0.0.0/33'],
  LB_UPGRADES: ['none', 'h2c'],
  LB_LOG_LEVEL: ['debug', 'verbose'],
  LB_GRACE_PERIOD: ['9s', '-1s'],
  LB_STOP_DELAY: ['1s', '1 s'],
  LB_CONNECT_TIMEOUT: ['6s', '0'],
  LB_RESPONSE_TIMEOUT: ['0', '1d'],
  LB_IDLE_TIMEOUT: ['90s', '0s'],
  LB_SERVER_IDLE_TIMEOUT: ['0', 'never'],
  LB_STREAM_TIMEOUT: ['0', '8000h'],
  LB_HEADER_TIMEOUT: ['1s', '0'],
  LB_MAX_HEADER_SIZE: ['32768', '1'],
  LB_MAX_BODY_SIZE: ['1000', '1k'],
  LB_STATE_DIR: ['/var/lib/active-lb', 'state'],
  LB_RETRY_ATTEMPTS: ['0', '11'],
  LB_MAX_CONNECTIONS: ['100', '0'],
  LB_MAX_SERVER_REQUESTS: ['0', '-1'],
  LB_MAX_QUEUE: ['0', 'many'],
  LB_MAX_REMOVAL: ['100', '101'],
  LB_REMOVAL_HOLD: ['0', 'soon'],
  LB_WORKERS: ['2', '65'],
  LB_FAST_LANE: ['off', 'fast'],
  LB_ACCESS_LOG: ['common', 'combined'],
  LB_ADMIN_USERS: [`ops:$2y$05$${'a'.repeat(21)}O${'a'.repeat(31)}`, 'ops:secret'],
  LB_ADMIN_HOSTS: ['LB.example.local', 'lb.example.local:8000'],
  LB_METRICS_PUBLIC: ['true', 'perhaps'],
};

const NAMES = Object.keys(DEFAULTS) as readonly SettingName[];

test('the settings are those of the contract, with its defaults', () => {
  const actual = Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback]);
  assert.deepEqual(Object.fromEntries(actual), DEFAULTS);
});

test('nothing set is the defaults, parsed', () => {
  assert.deepEqual(configOf(), {
    metadata: { url: 'http://rancher-metadata/2016-07-29', refreshIntervalMs: 60_000, watch: true },
    derive: deriveSettings(),
    proxy: {
      port: 8080,
      bind: null,
      trustedProxies: [],
      upgrades: ['websocket'],
      insecureSkipVerify: false,
      timeouts: {
        connectMs: 5000,
        responseMs: 60_000,
        idleMs: 180_000,
        serverIdleMs: 4000,
        streamMs: 3_600_000,
        headerMs: 10_000,
      },
      limits: {
        headerBytes: 16_384,
        bodyBytes: 0,
        connections: 20_000,
        serverRequests: 1000,
        queue: 1000,
      },
      retryAttempts: 2,
      fastLane: true,
      accessLog: 'off',
    },
    workers: 0,
    guard: { maxRemovalPercent: 80, holdMs: 60_000 },
    admin: { port: 8000, bind: null, users: [], hosts: [], areMetricsPublic: false },
    stop: { delayMs: 0, graceMs: 8000 },
    logLevel: 'info',
    stateDir: null,
  });
});

for (const name of NAMES) {
  const [other, wrong] = OTHER[name];
  suite(name, () => {
    test(`is also ${flagOf(name)}, and the flag wins, even over a mistake`, () => {
      const asVariable = configOf({ [name]: other });
      assert.notDeepEqual(asVariable, configOf(), 'the variable has an effect');
      assert.deepEqual(configOf({}, { [name]: other }), asVariable);
      assert.deepEqual(configOf({ [name]: wrong }, { [name]: other }), asVariable);
    });

    test('is unset where it is empty, and an empty flag leaves it to the variable', () => {
      assert.deepEqual(configOf({ [name]: '' }, { [name]: '' }), configOf());
      assert.deepEqual(configOf({ [name]: other }, { [name]: '' }), configOf({ [name]: other }));
    });

    test(`says what is allowed instead of "${wrong}"`, () => {
      const shown = SETTINGS[name].isSecret ? 'its value' : `"${wrong}"`;
      const [mistake = '', ...more] = mistakesOf({ [name]: wrong });
      assert.deepEqual(more, []);
      assert.ok(mistake.startsWith(`${name}: ${shown} is not allowed; allowed: `), mistake);
      const [byFlag = ''] = mistakesOf({}, { [name]: wrong });
      assert.ok(byFlag.startsWith(`${flagOf(name)} (${name}): ${shown} is not`), byFlag);
    });
  });
}

test('all mistakes are told at once', () => {
  const mistakes = mistakesOf(Object.fromEntries(NAMES.map((name) => [name, OTHER[name][1]])));
  assert.deepEqual(new Set(mistakes.map((mistake) => mistake.split(':')[0])), new Set(NAMES));
  assert.equal(mistakes.length, NAMES.length);
});

test('two ports cannot be one, unless any free one is asked for', () => {
  assert.match(mistakesOf({ LB_HTTP_PORT: '8000' })[0] ?? '', /LB_HTTP_PORT and LB_ADMIN_PORT are both 8000/);
  assert.deepEqual(mistakesOf({ LB_HTTP_PORT: '0', LB_ADMIN_PORT: '0' }), []);
});

test('one port on two addresses is two', () => {
  const binds = { LB_HTTP_PORT: '8000', LB_HTTP_BIND: '127.0.0.1', LB_ADMIN_BIND: '127.0.0.2' };
  assert.deepEqual(mistakesOf(binds), []);
  assert.equal(mistakesOf({ ...binds, LB_ADMIN_BIND: '127.0.0.1' }).length, 1);
});

test('a metadata URL with a password is refused, since it would be shown', () => {
  const [mistake = ''] = mistakesOf({ LB_METADATA_URL: 'http://me:secret@localhost/latest' });
  assert.match(mistake, /"http:\/\/…@localhost\/latest" is not allowed; .* without user/);
});

test('wrong users are told without their hashes and passwords, whether by variable or by flag', () => {
  const wrong = 'ops:$apr1$salt$hash-of-ops,dev:pass-of-dev';
  for (const mistakes of [mistakesOf({ LB_ADMIN_USERS: wrong }), mistakesOf({}, { LB_ADMIN_USERS: wrong })]) {
    assert.equal(mistakes.length, 1);
    assert.match(mistakes[0] ?? '', /line 1 \(user "ops"\): an MD5 hash.*; line 2 \(user "dev"\): no hash/);
    assert.doesNotMatch(mistakes[0] ?? '', /apr1|hash-of|pass-of/);
  }
});

test('mistakes on the command line are told together with those in the settings', () => {
  const told = mistakesOf({ LB_HTTP_PORT: 'x' }, {}, ['--foo: no such flag']);
  assert.equal(told.length, 2);
  assert.equal(told[0], '--foo: no such flag');
});

test('variables that look like settings but are none are found, so that a slip of the pen can be told', () => {
  const environment = { LB_HTTP_PROT: '80', LB_HTTP_PORT: '80', PATH: '/bin', lb_watch: 'true' };
  assert.deepEqual(unknownVariables(environment), ['LB_HTTP_PROT']);
});
