import type { ServerResponse } from 'node:http';
import { sendBody, sendError } from './body.ts';

/** A way of misbehaving. */
export type Fault =
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Answers with that status and Rancher's error body. */
  | { readonly kind: 'status'; readonly status: number }
  /** Sends half of the body at once and the rest after so long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Breaks off in the middle of the body. */
  | { readonly kind: 'truncated' }
  /** Resets the connection instead of answering. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'notJson' }
  /** Lists are empty. */
  | { readonly kind: 'empty' }
  /** Answers a long poll at once, with the version as it is. */
  | { readonly kind: 'ignoreWait' }
  /** Ends the wait of a long poll so much later than was asked. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Every question for the version is answered with a new one. */
  | { readonly kind: 'flapping' };

/** Answers, or fails to, as faults do that need to know nothing of the question; false where it must be answered. */
export function breaks(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'hang':
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'status':
      sendError(response, fault.status, 'Made to fail');
      return true;
    case 'notJson':
      sendBody(response, Buffer.from('<html><body>It works!</body></html>\n'));
      return true;
    case 'slow':
    case 'truncated':
    case 'empty':
    case 'ignoreWait':
    case 'late':
    case 'flapping':
      break;
  }
  return false;
}
