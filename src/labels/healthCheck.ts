import type { Finding } from '../model/finding.ts';
import type { HealthCheck } from '../model/table.ts';
import { parseHost } from './domain.ts';
import { parseDuration } from './duration.ts';
import { readCheckFields } from './healthCheckFields.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { withoutEffect } from './overridden.ts';
import { parsePort } from './port.ts';
import { parseScheme } from './protocol.ts';
import { shown } from './shown.ts';

const PREFIX = 'traefik.backend.healthcheck';
const OPTIONS = ['interval', 'timeout', 'port', 'scheme', 'hostname', 'headers'].map(
  (option) => `${PREFIX}.${option}`,
);

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 5000;
const HOUR_MS = 3_600_000;
const MAX_PATH_LENGTH = 2000;

/** Reads everything about active health checks; null where no path asks for one. It never refuses. */
export function readHealthCheck(labels: LabelSet): Understood<HealthCheck> {
  const label = labels.given(`${PREFIX}.path`);
  if (label === null) {
    const options = OPTIONS.flatMap((name) => labels.given(name) ?? []);
    const remedy = `set ${PREFIX}.path to what is to be asked for`;
    return {
      value: null,
      findings: options.map((option) => withoutEffect(option, 'no health check is asked for', remedy)),
    };
  }
  const path = readPath(label);
  const interval = readDuration(labels, 'interval', 1000, DEFAULT_INTERVAL_MS);
  const timeout = readTimeout(labels, interval.value);
  const port = readOption(
    labels,
    'port',
    parseOwnPort,
    'a number from 1 to 65535',
    "The server's own is asked",
  );
  const scheme = readOption(labels, 'scheme', parseScheme, '"http" or "https"', "The server's own is used");
  const hostname = readOption(
    labels,
    'hostname',
    parseHost,
    'a host name such as "www.example.com"',
    "The server's address is sent as Host",
  );
  const fields = readCheckFields(labels);
  const findings = [path, interval, timeout, port, scheme, hostname, fields].flatMap((read) => read.findings);
  if (path.value === null) return { value: null, findings };
  return {
    value: {
      path: path.value,
      intervalMs: interval.value,
      timeoutMs: timeout.value,
      port: port.value === 0 ? null : port.value,
      scheme: scheme.value,
      hostname: hostname.value,
      fields: fields.value ?? [],
    },
    findings,
  };
}

/** A request target, query and all. Traefik puts a missing slash before it. */
function readPath(label: Label): Understood<string> {
  const text = label.value.trim();
  if (text.length > MAX_PATH_LENGTH || /\p{Cs}/u.test(text)) {
    const message = `${label.key} is no path of at most ${MAX_PATH_LENGTH} characters, so there is no health check.`;
    return { value: null, findings: [invalid(label, message)] };
  }
  const encoded = text.replace(/[^\x21-\x7e]+|#/g, encodeURIComponent);
  if (encoded.startsWith('/')) return { value: encoded, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; a path begins with "/", so ${shown(`/${encoded}`)} is asked for.`;
  return { value: `/${encoded}`, findings: [invalid(label, message)] };
}

interface Duration {
  readonly value: number;
  readonly findings: readonly Finding[];
}

function readDuration(labels: LabelSet, option: string, minMs: number, defaultMs: number): Duration {
  const label = labels.given(`${PREFIX}.${option}`);
  if (label === null) return { value: defaultMs, findings: [] };
  const value = parseDuration(label.value.trim());
  if (value !== null && value >= minMs && value <= HOUR_MS) return { value: Math.round(value), findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be a duration from ${minMs < 1000 ? `${minMs}ms` : `${minMs / 1000}s`} to 1h, such as "10s" or "1m30s". ${defaultMs / 1000}s is used instead.`;
  return { value: defaultMs, findings: [invalid(label, message)] };
}

/** No check may outlast its interval. */
function readTimeout(labels: LabelSet, intervalMs: number): Duration {
  const { value, findings } = readDuration(labels, 'timeout', 1, DEFAULT_TIMEOUT_MS);
  if (value <= intervalMs) return { value, findings };
  const label = labels.given(`${PREFIX}.timeout`);
  if (label === null || findings.length > 0) return { value: intervalMs, findings };
  const message = `${label.key} is ${shown(label.value)}, which is longer than the interval; it is cut to ${intervalMs / 1000}s. Set ${PREFIX}.interval to as much, or a shorter timeout.`;
  return { value: intervalMs, findings: [invalid(label, message)] };
}

/** Of Traefik a port 0 is the server's own. */
function parseOwnPort(text: string): number | null {
  return text === '0' ? 0 : parsePort(text);
}

function readOption<T>(
  labels: LabelSet,
  option: string,
  parse: (text: string) => T | null,
  allowed: string,
  otherwise: string,
): Understood<T> {
  const label = labels.given(`${PREFIX}.${option}`);
  if (label === null) return { value: null, findings: [] };
  const value = parse(label.value.trim());
  if (value !== null) return { value, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be ${allowed}. ${otherwise}.`;
  return { value, findings: [invalid(label, message)] };
}

function invalid(label: Label, message: string): Finding {
  return findingOf(label, 'invalid-label', 'warning', message);
}
