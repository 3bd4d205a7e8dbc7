/** Where the admin server is asked, as far as it can be known from inside. `bind` null: on all addresses. */
export function adminUrl(bind: string | null, port: number): string {
  const host = bind === null || isUnspecified(bind) ? 'HOST' : bind.includes(':') ? `[${bind}]` : bind;
  return `http://${host}:${port}`;
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
