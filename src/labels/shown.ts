import { isSecretLabel } from '../model/secret.ts';

const MAX_SHOWN = 80;

/** Nothing to escape or to cut: nearly every key. */
const PLAIN_KEY = /^[\w.-]{1,80}$/;

/** Control, format and other invisible characters, line separators and broken surrogates: they could fake or hide text in a log. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text from a user, quoted, cut at 80 characters and with invisible characters escaped: safe in a log line and a terminal. */
export function shown(text: string): string {
  const quoted = text.length > MAX_SHOWN ? `"${text.slice(0, MAX_SHOWN)}…"` : `"${text}"`;
  return quoted.replace(INVISIBLE, escapeCharacter);
}

/**
 * A label's key, fit to be shown: as the user spelled it but for invisible characters and length. Some write the value into
 * the key by mistake (`- traefik.frontend.auth.basic.users:name:hash`), so a key that speaks of credentials ends before it.
 */
export function shownKey(key: string): string {
  if (PLAIN_KEY.test(key)) return key;
  const visible = isSecretLabel(key) ? key.replace(/[^\w.-].*$/s, '…') : key;
  const cut = visible.length > MAX_SHOWN ? `${visible.slice(0, MAX_SHOWN)}…` : visible;
  return cut.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
