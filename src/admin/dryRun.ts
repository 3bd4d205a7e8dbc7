import type { DryRunOutcome } from '../control/events.ts';
import { errorAnswer, preparedJsonAnswer, type Answer } from './answers.ts';

const RETRY = { 'Retry-After': '1' } as const;

/** Answers with what came of a dry run; null: nobody could be asked yet. */
export function dryRunAnswer(outcome: DryRunOutcome | null): Answer {
  if (outcome === null)
    return errorAnswer(503, 'no-answer', 'active-lb has not started yet; ask again in a moment', RETRY);
  const { kind } = outcome;
  if (kind === 'done') {
    const { buffer, byteOffset, byteLength } = outcome.json;
    return preparedJsonAnswer(Buffer.from(buffer, byteOffset, byteLength));
  }
  const { code, message } = outcome;
  if (kind === 'unavailable') return errorAnswer(503, code, message, RETRY);
  return errorAnswer(code === 'no-such-service' ? 404 : 400, code, message);
}
