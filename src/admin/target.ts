/** What a request asks for. */
export interface Target {
  /** Where the target is in absolute-form: the authority in it, which then counts besides Host (RFC 9112 §3.2.2). */
  readonly authority: string | null;
  /** Without a slash at the end, which makes no difference. */
  readonly path: string;
  readonly query: string;
}

/** Reads a request target as received: origin-form or absolute-form. */
export function parseTarget(target: string): Target {
  const [scheme = '', authority = null] = /^https?:\/\/([^/?]*)/i.exec(target) ?? [];
  const [path = '', ...query] = target.slice(scheme.length).split('?');
  return {
    authority,
    path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path || '/',
    query: query.join('?'),
  };
}
