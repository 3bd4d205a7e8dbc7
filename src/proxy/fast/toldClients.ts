import { requestFields, type Peer } from '../fields.ts';
import type { RequestHead } from '../request.ts';

/** Clients that are remembered, each with the hosts that it asks for: one that is forgotten costs a microsecond. */
const MAX_CLIENTS = 1_000;

/** What servers are told of clients that are not trusted, up to the request id: the same text for each of their connections. */
export class ToldClients {
  readonly #texts = new Map<string, string>();

  /** The lines from `X-Forwarded-For` to the name of `X-Request-Id`. */
  of(head: RequestHead, peer: Peer, serverName: string): string {
    const key = `${peer.address} ${head.authority}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_CLIENTS) this.#texts.clear();
    const text = textOf(head, peer, serverName);
    this.#texts.set(key, text);
    return text;
  }
}

function textOf(head: RequestHead, peer: Peer, serverName: string): string {
  // Of a request without fields of its own, all that is left is what we add.
  const bare = { ...head, authority: head.authority, method: 'GET', framing: 'none', fields: [] } as const;
  const options = { peer, requestId: '', serverName, hostOverride: null, upgrade: null };
  const fields = requestFields(bare, options);
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  // The request id comes last, and is each request's own.
  return text.slice(0, -'\r\n'.length);
}
