import type { IncomingHttpHeaders } from 'node:http';
import { errorAnswer, type Answer } from './answers.ts';

/**
 * Why the body of a request is not taken where JSON is expected. That it must say so keeps forms of other origins out, too: browsers
 * ask before they send this type. Null: it is taken.
 */
export function refuseOtherThanJson(headers: IncomingHttpHeaders): Answer | null {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = headers;
  if (!/^application\/json[\t ]*(?:;|$)/i.test(type))
    return errorAnswer(
      415,
      'not-json',
      "the body must be JSON, and say so: Content-Type: application/json (with curl, -H 'Content-Type: application/json')",
    );
  if (coding.toLowerCase() !== 'identity')
    return errorAnswer(415, 'encoded-body', 'the body must be sent as it is, without Content-Encoding');
  return null;
}
