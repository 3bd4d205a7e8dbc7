import { findingOf, inSegment, type LabelSet, type Understood } from './label.ts';
import { shown } from './shown.ts';

const DEFAULT_PORT = 80;

/**
 * Reads `traefik.port`: 80 with a finding where a service has none; anything but 1–65535 in digits refuses, and so does a
 * segment for which there is none.
 */
export function readPort(labels: LabelSet): Understood<number> {
  const label = labels.get('traefik.port');
  if (label === undefined) return withoutPort(labels.segment);
  const port = parsePort(label.value);
  if (port !== null) return { value: port, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be a number from 1 to 65535, so ${labels.subject(label)} is refused.`;
  return { value: null, findings: [findingOf(label, 'invalid-port', 'error', message)] };
}

/** A port in digits, 1–65535; null for any other text. */
export function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function withoutPort(segment: string | null): Understood<number> {
  if (segment === null) {
    const message = `traefik.port is not set, so requests go to port ${DEFAULT_PORT} of the containers; set it to the port that the service listens on.`;
    return {
      value: DEFAULT_PORT,
      findings: [{ code: 'port-defaulted', severity: 'warning', label: 'traefik.port', message }],
    };
  }
  const label = `traefik.${segment}.port`;
  const message = `The segment ${segment} has no port, neither by ${label} nor by traefik.port, so it is refused; set one of them.`;
  return {
    value: null,
    findings: [{ code: 'invalid-port', severity: 'error', label, message, ...inSegment(segment) }],
  };
}
