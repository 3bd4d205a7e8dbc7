import { isSecretLabel, REDACTED } from '../model/secret.ts';

/**
 * Why metadata could not be had. `stopped` is the only one that is nobody's fault: the caller's signal ended the request
 * (node-fetch reports it with the same AbortError as a deadline).
 */
export type MetadataErrorKind =
  | 'stopped'
  | 'deadline'
  | 'unreachable'
  | 'redirect'
  | 'status'
  | 'cut-off'
  | 'too-big'
  | 'not-json'
  | 'wrong-shape'
  | 'empty'
  | 'unreadable-file';

/** A read of the metadata that failed as a whole. The message is one sentence for people: what was asked, what came, what would be right. */
export class MetadataError extends Error {
  readonly kind: MetadataErrorKind;
  /** The URL or path that was read. */
  readonly location: string;

  constructor(kind: MetadataErrorKind, location: string, problem: string) {
    super(`${location} ${problem}`);
    this.name = 'MetadataError';
    this.kind = kind;
    this.location = location;
  }
}

/** A value as JSON, perhaps with others in place of some of its members. What is nested so deeply that it can be parsed but not written is described instead. */
export function jsonText(value: unknown, replace?: (key: string, member: unknown) => unknown): string {
  try {
    return JSON.stringify(value, replace) ?? String(value);
  } catch {
    return 'a value nested too deeply';
  }
}

/** A value as it is quoted in messages: JSON without what labels in it may hold as credentials, cut to a length that a line can bear. */
export function quote(value: unknown): string {
  const text = jsonText(value, (key, member) => (mayBeSecret(key, member) ? REDACTED : member));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Also of a label that is written as compose files may have it, `name=value`. */
function mayBeSecret(key: string, member: unknown): boolean {
  const [label = key] = typeof member === 'string' ? (/^traefik\.[^=:\s]*/i.exec(member) ?? []) : [];
  return isSecretLabel(label) || isSecretLabel(key);
}
