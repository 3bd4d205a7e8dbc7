import { requestFields, type RequestFieldOptions } from '../../../src/proxy/fields.ts';
import type { ParsedHead } from '../../../src/proxy/request.ts';
import { fieldsOf, headOf, linesOf } from './heads.ts';

/** A peer that is not trusted. */
export const STRANGER = { address: '203.0.113.9', isTrusted: false, scheme: 'http' } as const;
/** A balancer in front of us. */
export const TRUSTED = { address: '10.0.0.1', isTrusted: true, scheme: 'http' } as const;

/** The lines that a server sees of a request with `Host: a.test` and these lines; from a stranger, but for what is given. */
export function sent(
  lines: readonly string[],
  given: Partial<ParsedHead> = {},
  options: Partial<RequestFieldOptions> = {},
): readonly string[] {
  const head = headOf({ fields: fieldsOf('Host: a.test', ...lines), ...given });
  const usual = { peer: STRANGER, requestId: 'id-1', serverName: 'lb-1', hostOverride: null, upgrade: null };
  return linesOf(requestFields(head, { ...usual, ...options }));
}
