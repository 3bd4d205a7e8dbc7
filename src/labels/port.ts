import type { LabelSet, Understood } from './label.ts';
import { shown } from './shown.ts';

const DEFAULT_PORT = 80;

/** Reads `traefik.port`: 80 with a finding where it is absent; anything but 1–65535 in digits refuses. */
export function readPort(labels: LabelSet): Understood<number> {
  const label = labels.get('traefik.port');
  if (label === undefined) {
    const message = `traefik.port is not set, so requests go to port ${DEFAULT_PORT} of the containers; set it to the port that the service listens on.`;
    return {
      value: DEFAULT_PORT,
      findings: [{ code: 'port-defaulted', severity: 'warning', label: 'traefik.port', message }],
    };
  }
  const port = /^\d{1,5}$/.test(label.value) ? Number(label.value) : 0;
  if (port >= 1 && port <= 65_535) return { value: port, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; it must be a number from 1 to 65535, so the service is refused.`;
  return { value: null, findings: [{ code: 'invalid-port', severity: 'error', label: label.key, message }] };
}
