/** Characters of a text of a client's that are shown. */
export const MAX_TEXT = 1_024;

/** A text of a client's, as far as it is shown; what is cut ends in `…`. */
export function cutText(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/**
 * The path of a target, without its query, which often holds secrets. Of the absolute form (RFC 9112 §3.2.2) what follows
 * the authority; what is no target that we know is shown without a user's name and password.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const whole = end === -1 ? target : target.slice(0, end);
  if (whole.startsWith('/')) return whole;
  const authority = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(whole)?.[0];
  if (authority === undefined) return whole.slice(whole.lastIndexOf('@') + 1);
  return whole.slice(authority.length) || '/';
}
