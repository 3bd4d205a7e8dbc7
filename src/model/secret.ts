/** What stands in place of a value that must not be shown. */
export const REDACTED = '(redacted)';

/** Parts of label names whose values may carry credentials: `frontend.auth.*`, `frontend.headers.*`, `healthcheck.headers`. */
const SECRET_PARTS: ReadonlySet<string> = new Set(['auth', 'headers']);

/** Whether the value of this label may carry credentials, so that nobody may be shown it. Judged by name, without case, known or not. */
export function isSecretLabel(key: string): boolean {
  return key
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((part) => SECRET_PARTS.has(part));
}

/** The labels of a service as they may be shown to people: values that may carry credentials are replaced by `REDACTED`. */
export function redactLabels(
  labels: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  return Object.entries(labels).map(([key, value]) => [key, isSecretLabel(key) ? REDACTED : value]);
}
