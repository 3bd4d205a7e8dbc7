import type { GuardSettings } from './control/removal.ts';
import type { DeriveSettings } from './model/derivation.ts';
import type { AdminUser } from './model/adminUser.ts';
import type { ProxySettings } from './proxy/settings.ts';
import { flagOf, SETTINGS, type LOG_LEVELS, type Setting, type SettingName } from './settings.ts';

/** All settings, parsed. Plain data. */
export interface Config {
  readonly metadata: {
    readonly url: string;
    readonly refreshIntervalMs: number;
    readonly watch: boolean;
  };
  readonly derive: DeriveSettings;
  readonly proxy: ProxySettings;
  /** Threads that forward requests; 0: one for each core that the process may use. */
  readonly workers: number;
  readonly guard: GuardSettings;
  readonly admin: AdminSettings;
  readonly stop: { readonly delayMs: number; readonly graceMs: number };
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Where the last good snapshot is kept; null: nowhere. */
  readonly stateDir: string | null;
}

export interface AdminSettings {
  readonly port: number;
  /** Null: all addresses. */
  readonly bind: string | null;
  /** Who may look; empty: everybody. */
  readonly users: readonly AdminUser[];
  /** Lower-case names by which it may be asked besides addresses; empty: by any. */
  readonly hosts: readonly string[];
  /** Whether `/metrics` asks for no login. */
  readonly areMetricsPublic: boolean;
}

/** Every mistake in the settings, a line each. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/**
 * Reads the settings: a flag wins over its variable, and an empty text counts as unset. `mistakesBefore` were found on the way.
 *
 * @throws ConfigError with all mistakes at once
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: ReadonlyMap<SettingName, string>,
  mistakesBefore: readonly string[] = [],
): Config {
  const mistakes = [...mistakesBefore];

  function read<T>(name: SettingName, { schema, fallback, isSecret }: Setting<T>): T | null {
    const flag = flags.get(name) ?? '';
    const text = flag === '' ? (environment[name] ?? '') : flag;
    const effective = text === '' ? fallback : text;
    if (effective === null) return null;
    const result = schema.safeParse(effective);
    if (result.success) return result.data;
    const where = flag === '' ? name : `${flagOf(name)} (${name})`;
    const what = isSecret ? 'its value' : `"${withoutPassword(effective)}"`;
    mistakes.push(
      `${where}: ${what} is not allowed; ${result.error.issues.map(({ message }) => message).join('; ')}`,
    );
    return null;
  }

  /** For settings with a fallback: where null comes out, a mistake was noted, and the value is never used. */
  function need<T>(name: SettingName, from: Setting<T>, unused: T): T {
    return read(name, from) ?? unused;
  }

  const s = SETTINGS;
  const ms = (name: SettingName, from: Setting<number>): number => need(name, from, 0);
  const config: Config = {
    metadata: {
      url: need('LB_METADATA_URL', s.LB_METADATA_URL, ''),
      refreshIntervalMs: ms('LB_REFRESH_INTERVAL', s.LB_REFRESH_INTERVAL),
      watch: need('LB_WATCH', s.LB_WATCH, true),
    },
    derive: {
      defaultDomain: read('LB_DEFAULT_DOMAIN', s.LB_DEFAULT_DOMAIN),
      healthRequired: need('LB_HEALTH_REQUIRED', s.LB_HEALTH_REQUIRED, true),
      allowUnsupported: need('LB_ALLOW_UNSUPPORTED', s.LB_ALLOW_UNSUPPORTED, false),
      hostTemplate: read('LB_HOST_TEMPLATE', s.LB_HOST_TEMPLATE),
      constraints: read('LB_CONSTRAINTS', s.LB_CONSTRAINTS) ?? [],
      preferLocal: need('LB_PREFER_LOCAL', s.LB_PREFER_LOCAL, false),
    },
    proxy: {
      port: need('LB_HTTP_PORT', s.LB_HTTP_PORT, 0),
      bind: read('LB_HTTP_BIND', s.LB_HTTP_BIND),
      trustedProxies: read('LB_TRUSTED_PROXIES', s.LB_TRUSTED_PROXIES) ?? [],
      upgrades: need('LB_UPGRADES', s.LB_UPGRADES, []),
      insecureSkipVerify: need('LB_INSECURE_SKIP_VERIFY', s.LB_INSECURE_SKIP_VERIFY, false),
      timeouts: {
        connectMs: ms('LB_CONNECT_TIMEOUT', s.LB_CONNECT_TIMEOUT),
        responseMs: ms('LB_RESPONSE_TIMEOUT', s.LB_RESPONSE_TIMEOUT),
        idleMs: ms('LB_IDLE_TIMEOUT', s.LB_IDLE_TIMEOUT),
        serverIdleMs: ms('LB_SERVER_IDLE_TIMEOUT', s.LB_SERVER_IDLE_TIMEOUT),
        streamMs: ms('LB_STREAM_TIMEOUT', s.LB_STREAM_TIMEOUT),
        headerMs: ms('LB_HEADER_TIMEOUT', s.LB_HEADER_TIMEOUT),
      },
      limits: {
        headerBytes: need('LB_MAX_HEADER_SIZE', s.LB_MAX_HEADER_SIZE, 0),
        bodyBytes: need('LB_MAX_BODY_SIZE', s.LB_MAX_BODY_SIZE, 0),
        connections: need('LB_MAX_CONNECTIONS', s.LB_MAX_CONNECTIONS, 0),
        serverRequests: need('LB_MAX_SERVER_REQUESTS', s.LB_MAX_SERVER_REQUESTS, 0),
        queue: need('LB_MAX_QUEUE', s.LB_MAX_QUEUE, 0),
      },
      retryAttempts: need('LB_RETRY_ATTEMPTS', s.LB_RETRY_ATTEMPTS, 0),
      fastLane: need('LB_FAST_LANE', s.LB_FAST_LANE, true),
      accessLog: need('LB_ACCESS_LOG', s.LB_ACCESS_LOG, 'off'),
    },
    workers: need('LB_WORKERS', s.LB_WORKERS, 0),
    guard: {
      maxRemovalPercent: need('LB_MAX_REMOVAL', s.LB_MAX_REMOVAL, 0),
      holdMs: ms('LB_REMOVAL_HOLD', s.LB_REMOVAL_HOLD),
    },
    admin: {
      port: need('LB_ADMIN_PORT', s.LB_ADMIN_PORT, 0),
      bind: read('LB_ADMIN_BIND', s.LB_ADMIN_BIND),
      users: read('LB_ADMIN_USERS', s.LB_ADMIN_USERS) ?? [],
      hosts: read('LB_ADMIN_HOSTS', s.LB_ADMIN_HOSTS) ?? [],
      areMetricsPublic: need('LB_METRICS_PUBLIC', s.LB_METRICS_PUBLIC, false),
    },
    stop: {
      delayMs: ms('LB_STOP_DELAY', s.LB_STOP_DELAY),
      graceMs: ms('LB_GRACE_PERIOD', s.LB_GRACE_PERIOD),
    },
    logLevel: need('LB_LOG_LEVEL', s.LB_LOG_LEVEL, 'info'),
    stateDir: read('LB_STATE_DIR', s.LB_STATE_DIR),
  };
  const { proxy, admin } = config;
  const shareAddress = proxy.bind === null || admin.bind === null || proxy.bind === admin.bind;
  if (proxy.port !== 0 && proxy.port === admin.port && shareAddress && mistakes.length === 0) {
    mistakes.push(
      `LB_HTTP_PORT and LB_ADMIN_PORT are both ${config.proxy.port}; allowed: two different ports`,
    );
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

/** A URL may have one, though none of ours does. */
function withoutPassword(text: string): string {
  return text.replace(/(?<=\/\/)[^/?#]*@/, '…@');
}

/** Variables that look like settings but are none, e.g. mistyped ones. */
export function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('LB_') && !(name in SETTINGS));
}
