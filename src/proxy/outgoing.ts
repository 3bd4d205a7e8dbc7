import type { ServerTraffic } from '../traffic/serverTraffic.ts';
import { requestFields } from './fields.ts';
import type { Routed } from './router.ts';

/** One request to one server, its head complete. */
export interface OutgoingRequest {
  readonly method: string;
  readonly target: string;
  /** Alternating names and values, sent exactly so. */
  readonly fields: readonly string[];
  readonly to: ServerTraffic;
}

/** What a server is sent of a request. `upgrade`: the protocol that may be upgraded to; null: none. */
export function outgoingRequest(
  { head, peer, requestId, match, sent }: Routed,
  to: ServerTraffic,
  serverName: string,
  upgrade: string | null,
): OutgoingRequest {
  const hostOverride = match.terms.passHostHeader ? null : to.authority;
  const fields = requestFields(head, { peer, requestId, serverName, hostOverride, upgrade });
  if (sent.prefix !== null) fields.push('X-Forwarded-Prefix', sent.prefix);
  return { method: head.method, target: sent.target, fields, to };
}
