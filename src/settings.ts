import type { z } from 'zod';
import { ACCESS_LOG_FORMATS } from './proxy/settings.ts';
import {
  adminUsers,
  bindAddress,
  cidrs,
  constraints,
  directory,
  domain,
  duration,
  hostNames,
  hostTemplate,
  integer,
  metadataUrl,
  oneOf,
  onOff,
  truth,
  upgradeProtocols,
} from './settingValues.ts';

/** pino's. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** One setting as users see it. */
export interface Setting<T> {
  /** What it is when unset; null: nothing. */
  readonly fallback: string | null;
  readonly about: string;
  readonly schema: z.ZodType<T, string>;
  /** Its value is never repeated, not even where it is wrong. */
  readonly isSecret: boolean;
}

function setting<T>(schema: z.ZodType<T, string>, fallback: string | null, about: string): Setting<T> {
  return { schema, fallback, about, isSecret: false };
}

function secret<T>(schema: z.ZodType<T, string>, about: string): Setting<T> {
  return { schema, fallback: null, about, isSecret: true };
}

/** Every setting by its environment variable, in the order of `--help`. */
export const SETTINGS = {
  LB_METADATA_URL: setting(
    metadataUrl,
    'http://rancher-metadata/2016-07-29',
    'where metadata is read: a URL with its version, or file:PATH',
  ),
  LB_REFRESH_INTERVAL: setting(duration(1000), '60s', 'how often everything is read'),
  LB_WATCH: setting(
    truth,
    'true',
    'also wait for changes of the metadata version, to be live in about a second',
  ),
  LB_HTTP_PORT: setting(integer(0, 65535), '8080', 'port of the HTTP entrypoint; 0: any free one'),
  LB_HTTP_BIND: setting(bindAddress, null, 'address of the HTTP entrypoint; unset: all addresses'),
  LB_ADMIN_PORT: setting(integer(0, 65535), '8000', 'port of the admin server; 0: any free one'),
  LB_ADMIN_BIND: setting(bindAddress, null, 'address of the admin server; unset: all addresses'),
  LB_DEFAULT_DOMAIN: setting(domain, null, 'domain of services without the label traefik.domain'),
  LB_HOST_TEMPLATE: setting(
    hostTemplate,
    null,
    'how hosts are made of names, e.g. {service}-{stack}.{domain}; unset: {service}.{stack}.{domain}',
  ),
  LB_CONSTRAINTS: setting(
    constraints,
    null,
    'publish only services whose traefik.tags fit, e.g. tag==api,tag!=internal*',
  ),
  LB_HEALTH_REQUIRED: setting(
    truth,
    'true',
    'false: also route to containers of services that define no health check',
  ),
  LB_ALLOW_UNSUPPORTED: setting(
    truth,
    'false',
    'true: publish services although a label that restricts them is not supported',
  ),
  LB_PREFER_LOCAL: setting(truth, 'false', 'true: servers on the balancer’s own host come first'),
  LB_INSECURE_SKIP_VERIFY: setting(
    truth,
    'false',
    'true: do not verify the certificates of servers that speak https',
  ),
  LB_TRUSTED_PROXIES: setting(cidrs, null, 'networks whose X-Forwarded-* fields are believed'),
  LB_UPGRADES: setting(
    upgradeProtocols,
    'websocket',
    'protocols that a connection may be upgraded to; none: none',
  ),
  LB_LOG_LEVEL: setting(oneOf(LOG_LEVELS), 'info', 'trace, debug, info, warn, error, fatal or silent'),
  LB_GRACE_PERIOD: setting(duration(0), '8s', 'how long requests in flight may take after SIGTERM'),
  LB_STOP_DELAY: setting(
    duration(0),
    '0s',
    'after SIGTERM: how long /ready says no while requests are still accepted',
  ),
  LB_CONNECT_TIMEOUT: setting(duration(1), '5s', 'for a connection to a server'),
  LB_RESPONSE_TIMEOUT: setting(
    duration(0),
    '60s',
    'from the request sent to the head of the response; 0: none',
  ),
  LB_IDLE_TIMEOUT: setting(duration(1), '180s', 'for an idle client connection between requests'),
  LB_SERVER_IDLE_TIMEOUT: setting(duration(0), '4s', 'for an idle connection to a server; 0: none is kept'),
  LB_STREAM_TIMEOUT: setting(duration(0), '1h', 'for silence in the middle of a body or tunnel; 0: none'),
  LB_HEADER_TIMEOUT: setting(duration(1), '10s', 'for a client to send a whole request head'),
  LB_MAX_HEADER_SIZE: setting(integer(1024, 1_048_576), '16384', 'bytes of a request head; beyond it 431'),
  LB_MAX_BODY_SIZE: setting(
    integer(0, Number.MAX_SAFE_INTEGER),
    '0',
    'bytes of a request body; beyond it 413; 0: no limit',
  ),
  LB_STATE_DIR: setting(
    directory,
    null,
    'where the last good metadata is kept, so that a restart during an outage of it still routes, and the history',
  ),
  LB_RETRY_ATTEMPTS: setting(
    integer(0, 10),
    '2',
    'servers that a request which is safe to repeat is tried on; 0 or 1: never repeated',
  ),
  LB_MAX_CONNECTIONS: setting(
    integer(1, 1_000_000),
    '20000',
    'client connections at a time; more of them wait until others go',
  ),
  LB_MAX_SERVER_REQUESTS: setting(
    integer(0, 1_000_000),
    '1000',
    'requests in flight to one server at a time; more of them wait; 0: no limit',
  ),
  LB_MAX_QUEUE: setting(
    integer(0, 1_000_000),
    '1000',
    'requests that may wait for a server of one backend; beyond it 503',
  ),
  LB_MAX_REMOVAL: setting(
    integer(0, 100),
    '80',
    'per cent of the servers that one refresh may remove at once; 100: all of them',
  ),
  LB_REMOVAL_HOLD: setting(duration(0), '60s', 'how long a refresh that removes more of them is held'),
  LB_WORKERS: setting(
    integer(0, 64),
    '0',
    'threads that forward requests; 0: one for each core that the process may use',
  ),
  LB_FAST_LANE: setting(
    onOff,
    'on',
    'on: forward plain HTTP/1.1 requests on the fast lane; off: all on the full lane',
  ),
  LB_ACCESS_LOG: setting(oneOf(ACCESS_LOG_FORMATS), 'off', 'a line for each request: off, json or common'),
  LB_ADMIN_USERS: secret(
    adminUsers,
    'who may look at the admin server: lines of htpasswd -B, separated by commas; unset: everybody',
  ),
  LB_ADMIN_HOSTS: setting(
    hostNames,
    null,
    'names by which the admin server may be asked besides addresses; unset: by any',
  ),
  LB_METRICS_PUBLIC: setting(truth, 'false', 'true: /metrics asks for no login'),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** The command-line flag of a setting: `LB_HTTP_PORT` is `--http-port`. */
export function flagOf(name: SettingName): string {
  return `--${name.slice(3).toLowerCase().replaceAll('_', '-')}`;
}
