/**
 * Every label of both families, and ours: the community template's (rawmind0/rancher-traefik 1.5/1.6) and that of
 * Traefik 1.7's Rancher provider. A new concern moves its rows to stage `A` and adds a file that reads them.
 */

import { parseBool } from './bool.ts';

/** `A` works now; `C` middleware, `T` with TLS come later. */
export type Stage = 'A' | 'C' | 'T';

export interface KnownLabel {
  /** As documented; `*` stands for a part that the user names, a last `**` for all parts that follow. */
  readonly name: string;
  readonly stage: Stage;
  /** Whether it narrows who may reach the service or what matches, so that routing without it would open what the user closed. */
  readonly restricts: boolean;
  /** Whether `traefik.<segment>.…` may carry it too. */
  readonly inSegments: boolean;
  /** Whether this value asks for nothing that we do not do anyway: the feature is off, or it is our own default. */
  readonly asksNothing: (value: string) => boolean;
  /** The label that switches this one off with `false`, where there is one. */
  readonly switchedBy: string | null;
}

type Traits = Partial<Omit<KnownLabel, 'name' | 'stage'>>;

/** Both systems take a blank value for an absent label, but for `auth.*`: no users means that nobody is let in. */
const isBlank = (value: string): boolean => value.trim() === '';
const never = (): boolean => false;
const isOff = (value: string): boolean => isBlank(value) || parseBool(value) === false;
function rows(stage: Stage, traits: Traits, names: readonly string[]): readonly KnownLabel[] {
  const defaults = { restricts: false, inSegments: false, asksNothing: isBlank, switchedBy: null };
  return names.map((name) => ({ ...defaults, ...traits, name: `traefik.${name}`, stage }));
}

const STAGE_A = [
  // In a segment, where it may not stand, anything but true would close what is open without it.
  ...rows('A', { restricts: true, asksNothing: (value) => isBlank(value) || parseBool(value) === true }, [
    'enable',
  ]),
  ...rows('A', {}, ['health.required']),
  ...rows('A', { inSegments: true }, ['domain', 'port', 'frontend.passHostHeader']),
];

const MATCHING = [
  ...rows('A', { restricts: true }, [
    'domain.regexp',
    'path',
    'path.prefix',
    'path.strip',
    'path.prefix.strip',
  ]),
  // It replaces the hosts: without it, the service would answer to names that nobody asked for.
  ...rows('A', { restricts: true }, ['host.template', 'tags']),
  ...rows('A', { restricts: true, inSegments: true }, ['frontend.rule']),
  ...rows('A', {}, ['alias', 'alias.fqdn', 'priority']),
  ...rows('A', { inSegments: true }, ['frontend.priority']),
];

const BALANCING = [
  ...rows('A', {}, ['sticky', 'prefer.local', 'retry.attempts']),
  ...rows('A', { inSegments: true, asksNothing: isOff }, [
    'backend.loadbalancer.stickiness.secure',
    'backend.loadbalancer.stickiness.httpOnly',
  ]),
  ...rows('A', { inSegments: true }, [
    'weight',
    'protocol',
    'backend',
    'backend.circuitbreaker.expression',
    'backend.loadbalancer.method',
    'backend.loadbalancer.sticky',
    'backend.loadbalancer.stickiness',
    'backend.loadbalancer.stickiness.cookieName',
    'backend.loadbalancer.stickiness.sameSite',
    'backend.healthcheck.path',
    'backend.healthcheck.interval',
    'backend.healthcheck.timeout',
    'backend.healthcheck.port',
    'backend.healthcheck.scheme',
    'backend.healthcheck.hostname',
    'backend.healthcheck.headers',
  ]),
];

const ACCESS = [
  ...rows('C', { restricts: true, inSegments: true, asksNothing: never }, [
    'frontend.auth',
    'frontend.auth.basic',
    'frontend.auth.basic.users',
    'frontend.auth.basic.usersFile',
    'frontend.auth.basic.removeHeader',
    'frontend.auth.digest.users',
    'frontend.auth.digest.usersFile',
    'frontend.auth.digest.removeHeader',
    'frontend.auth.forward.address',
    'frontend.auth.forward.authResponseHeaders',
    'frontend.auth.forward.trustForwardHeader',
    'frontend.auth.forward.tls.ca',
    'frontend.auth.forward.tls.caOptional',
    'frontend.auth.forward.tls.cert',
    'frontend.auth.forward.tls.key',
    'frontend.auth.forward.tls.insecureSkipVerify',
    'frontend.auth.headerField',
    'frontend.auth.**',
  ]),
  ...rows('C', { restricts: true, inSegments: true }, [
    'frontend.whiteList',
    'frontend.whiteList.sourceRange',
    // Its older spelling, which Traefik 1.7 still takes.
    'frontend.whitelistSourceRange',
    'frontend.headers.allowedHosts',
    'frontend.rateLimit',
    'frontend.rateLimit.extractorFunc',
    'frontend.rateLimit.rateSet.*.period',
    'frontend.rateLimit.rateSet.*.average',
    'frontend.rateLimit.rateSet.*.burst',
    'frontend.rateLimit.**',
  ]),
  ...rows('C', { restricts: true, inSegments: true, asksNothing: isOff }, [
    'frontend.whiteList.useXForwardedFor',
    'frontend.whiteList.**',
  ]),
  ...rows('C', { restricts: true, asksNothing: isOff, switchedBy: 'traefik.ratelimit.enable' }, [
    'ratelimit',
    'ratelimit.enable',
    'ratelimit.**',
  ]),
  ...rows('C', { restricts: true, switchedBy: 'traefik.ratelimit.enable' }, [
    'ratelimit.period',
    'ratelimit.average',
    'ratelimit.burst',
  ]),
  ...rows('T', { restricts: true, inSegments: true }, ['frontend.entryPoints']),
  // The server learns from our field who the client is. While we do not set it, a client could send it by itself.
  ...rows('T', { restricts: true, inSegments: true, asksNothing: isOff }, [
    'frontend.passTLSCert',
    'frontend.passTLSClientCert.pem',
    'frontend.passTLSClientCert.infos.notAfter',
    'frontend.passTLSClientCert.infos.notBefore',
    'frontend.passTLSClientCert.infos.sans',
    'frontend.passTLSClientCert.infos.subject.*',
    'frontend.passTLSClientCert.infos.issuer.*',
    'frontend.passTLSClientCert',
    'frontend.passTLSClientCert.**',
  ]),
];

const MIDDLEWARE = [
  ...rows('C', { inSegments: true }, [
    'backend.maxconn.amount',
    'backend.maxconn.extractorfunc',
    'backend.buffering.maxRequestBodyBytes',
    'backend.buffering.memRequestBodyBytes',
    'backend.buffering.maxResponseBodyBytes',
    'backend.buffering.memResponseBodyBytes',
    'backend.buffering.retryExpression',
    'backend.responseForwarding.flushInterval',
    'frontend.redirect.entryPoint',
    'frontend.redirect.regex',
    'frontend.redirect.replacement',
    'frontend.errors.*.status',
    'frontend.errors.*.backend',
    'frontend.errors.*.query',
    'frontend.headers.customRequestHeaders',
    'frontend.headers.customResponseHeaders',
    'frontend.headers.contentSecurityPolicy',
    'frontend.headers.customBrowserXSSValue',
    'frontend.headers.customFrameOptionsValue',
    'frontend.headers.publicKey',
    'frontend.headers.referrerPolicy',
    'frontend.headers.hostsProxyHeaders',
    'frontend.headers.SSLHost',
    'frontend.headers.SSLProxyHeaders',
  ]),
  ...rows('C', { inSegments: true, asksNothing: isOff }, [
    'frontend.redirect.permanent',
    'frontend.headers.frameDeny',
    'frontend.headers.contentTypeNosniff',
    'frontend.headers.browserXSSFilter',
    'frontend.headers.isDevelopment',
    'frontend.headers.SSLRedirect',
    'frontend.headers.SSLTemporaryRedirect',
    'frontend.headers.SSLForceHost',
    'frontend.headers.STSSeconds',
    'frontend.headers.STSIncludeSubdomains',
    'frontend.headers.STSPreload',
    'frontend.headers.forceSTSHeader',
  ]),
  ...rows('T', { asksNothing: isOff }, ['acme']),
];

/** Sorted by nothing in particular: `registry.ts` looks names up. No name is listed twice. */
export const KNOWN_LABELS: readonly KnownLabel[] = [
  ...STAGE_A,
  ...MATCHING,
  ...BALANCING,
  ...ACCESS,
  ...MIDDLEWARE,
];
