import type { Outcome } from '../model/outcome.ts';
import { cutText, MAX_TEXT, pathOf } from './shownText.ts';

/** An outcome as one complete line of printable ASCII, with its line end: whatever a client sent, it can forge neither line nor field. */
export type AccessLine = (outcome: Outcome) => string;

/** Follows what is cut. It cannot come from a client: what it sends of it is escaped. */
const COMMON_CUT = '\\...';

/** Returns what makes lines of this format. */
export function accessLineOf(format: 'json' | 'common'): AccessLine {
  return format === 'json' ? jsonLine : commonLines();
}

/** As `createLog` would write it, for half of the cost. `time` is that of the response's end. */
function jsonLine(outcome: Outcome): string {
  const line = JSON.stringify({
    level: 'info',
    time: new Date(outcome.at + outcome.durationMs).toISOString(),
    event: 'request',
    requestId: cutText(outcome.requestId),
    client: cutText(outcome.client),
    method: cutText(outcome.method),
    host: cutText(outcome.host),
    path: cutText(pathOf(outcome.target)),
    status: outcome.status,
    bytesIn: outcome.bytesIn,
    bytesOut: outcome.bytesOut,
    durationMs: Math.round(outcome.durationMs * 1_000) / 1_000,
    service: outcome.service,
    server: outcome.to?.server ?? null,
    url: outcome.to?.url ?? null,
    retries: outcome.retries,
    failure: outcome.failure,
  });
  // Terminals obey some of the others.
  return `${line.replaceAll(/[\x7f-\uffff]/g, (character) => `\\u${hex(character, 4)}`)}\n`;
}

/** Common Log Format (NCSA httpd): `host ident authuser [date] "request" status bytes`, the date that of the request, in UTC. */
function commonLines(): AccessLine {
  let second = Number.NaN;
  let date = '';
  return (outcome) => {
    const { client, method, target, version, status, bytesOut } = outcome;
    const now = Math.floor(outcome.at / 1_000);
    if (now !== second) date = dateOf(now);
    second = now;
    const request =
      method === '' ? '-' : `${escaped(method)} ${escaped(pathOf(target))} HTTP/${escaped(version)}`;
    return `${escaped(client)} - - [${date}] "${request}" ${status || '-'} ${bytesOut || '-'}\n`;
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `%d/%b/%Y:%H:%M:%S %z` of strftime, from seconds since the epoch. */
function dateOf(second: number): string {
  const date = new Date(second * 1_000);
  const iso = date.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** As nginx escapes: not even a quote is left, for readers that split lines at quotes and spaces. */
function escaped(text: string): string {
  if (text === '') return '-';
  const shown = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  const safe = shown.replaceAll(/[^!#-[\]-~]/g, (character) =>
    character > '\xff' ? `\\u${hex(character, 4)}` : `\\x${hex(character, 2)}`,
  );
  return shown === text ? safe : safe + COMMON_CUT;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
