import type { Finding } from '../model/finding.ts';
import type { Stickiness } from '../model/table.ts';
import { parseBool } from './bool.ts';
import { findingOf, type Label, type LabelSet, type Understood } from './label.ts';
import { overridden, withoutEffect } from './overridden.ts';
import { readBool } from './readBool.ts';
import { shown } from './shown.ts';

/** Stickiness as labels ask for it; without `cookie` the name is made of the backend's. */
export type StickinessWish = Omit<Stickiness, 'cookie'> & { readonly cookie: string | null };

const STICKINESS = 'traefik.backend.loadbalancer.stickiness';

/** What switches it on; the first that is set counts. */
const SWITCHES = [STICKINESS, 'traefik.backend.loadbalancer.sticky', 'traefik.sticky'];
const OPTIONS = ['cookieName', 'secure', 'httpOnly', 'sameSite'].map((option) =>
  `${STICKINESS}.${option}`.toLowerCase(),
);

/** A cookie's name is a token (RFC 6265 section 4.1.1). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

const SAME_SITE = ['none', 'lax', 'strict'] as const;

/** Reads everything about stickiness; null where it is off. It never refuses. */
export function readStickiness(labels: LabelSet): Understood<StickinessWish> {
  const [winner, ...losers] = SWITCHES.flatMap((name) => labels.given(name) ?? []);
  const isOn = winner === undefined ? { value: false, findings: [] } : readBool(labels, winner.name);
  const findings = [
    ...isOn.findings,
    ...losers.flatMap((loser) =>
      winner === undefined || agree(loser, winner) ? [] : [overridden(loser, winner)],
    ),
  ];
  if (isOn.value !== true) return { value: null, findings: [...findings, ...idleOptions(labels)] };
  const cookie = readCookie(labels);
  const secure = readBool(labels, `${STICKINESS}.secure`);
  const httpOnly = readBool(labels, `${STICKINESS}.httponly`);
  const sameSite = readSameSite(labels, secure.value === true);
  return {
    value: {
      cookie: cookie.value,
      secure: secure.value ?? false,
      httpOnly: httpOnly.value ?? false,
      sameSite: sameSite.value,
    },
    findings: [cookie, secure, httpOnly, sameSite].flatMap((read) => read.findings).concat(findings),
  };
}

/** Labels of both families that say the same are there for both systems, on purpose. */
function agree(a: Label, b: Label): boolean {
  return parseBool(a.value) !== null && parseBool(a.value) === parseBool(b.value);
}

function idleOptions(labels: LabelSet): readonly Finding[] {
  return OPTIONS.flatMap((name) => labels.given(name) ?? [])
    .filter((option) => option.known?.asksNothing(option.value) !== true)
    .map((option) => withoutEffect(option, 'stickiness is off', `set ${STICKINESS}=true`));
}

function readCookie(labels: LabelSet): Understood<string> {
  const label = labels.given(`${STICKINESS}.cookiename`);
  const name = label?.value.trim() ?? '';
  if (label === null || TOKEN.test(name)) return { value: label === null ? null : name, findings: [] };
  const message = `${label.key} is ${shown(label.value)}; a cookie's name has at most 100 letters, digits and characters such as "_" and "-". A name is made of the backend's instead.`;
  return { value: null, findings: [invalid(label, message)] };
}

function readSameSite(labels: LabelSet, isSecure: boolean): Understood<(typeof SAME_SITE)[number]> {
  const label = labels.given(`${STICKINESS}.samesite`);
  if (label === null) return { value: null, findings: [] };
  const asked = label.value.trim().toLowerCase();
  const value = SAME_SITE.find((each) => each === asked) ?? null;
  if (value === null) {
    const message = `${label.key} is ${shown(label.value)}; it must be "none", "lax" or "strict". The label has no effect.`;
    return { value, findings: [invalid(label, message)] };
  }
  if (value !== 'none' || isSecure) return { value, findings: [] };
  const message = `${label.key} is ${shown(label.value)}, but browsers refuse such a cookie unless it is secure; set ${STICKINESS}.secure=true too, or "lax".`;
  return { value, findings: [invalid(label, message)] };
}

function invalid(label: Label, message: string): Finding {
  return findingOf(label, 'invalid-label', 'warning', message);
}
