import type { Limits, ProxySettings, Timeouts } from '../../src/proxy/settings.ts';

/** What a test asks of a proxy; what it leaves out is short, but long enough not to fire by accident. */
export interface SomeProxySettings extends Partial<Omit<ProxySettings, 'timeouts' | 'limits'>> {
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<Limits>;
}

const TIMEOUTS: Timeouts = {
  connectMs: 3_000,
  responseMs: 4_000,
  idleMs: 10_000,
  serverIdleMs: 4_000,
  streamMs: 4_000,
  headerMs: 4_000,
};

const LIMITS: Limits = {
  headerBytes: 16_384,
  bodyBytes: 0,
  connections: 20_000,
  serverRequests: 1_000,
  queue: 1_000,
};

/** Settings of a proxy for tests: loopback, a free port. */
export function proxySettings(given: SomeProxySettings = {}): ProxySettings {
  return {
    bind: '127.0.0.1',
    port: 0,
    trustedProxies: [],
    upgrades: ['websocket'],
    insecureSkipVerify: false,
    retryAttempts: 2,
    fastLane: false,
    accessLog: 'off',
    ...given,
    timeouts: { ...TIMEOUTS, ...given.timeouts },
    limits: { ...LIMITS, ...given.limits },
  };
}
