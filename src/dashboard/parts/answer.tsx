import type { ComponentChildren } from 'preact';
import type { Answered } from '../answers.ts';
import { Notice } from './notice.tsx';

interface AnswerProps<T> {
  readonly answered: Answered<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** What the daemon answered; while there is no answer, that it is awaited, or why there is none. An old answer stays, and says so. */
export function Answer<T>({ answered: { value, error, status }, children }: AnswerProps<T>) {
  return (
    <>
      {error !== null &&
        (value === null ? (
          <Notice tone={status === 404 || status === 503 ? 'warning' : 'bad'} title={titleOf(status)}>
            <p>{error}</p>
          </Notice>
        ) : (
          <Notice tone="warning" title="This is what was there before">
            <p>{error}</p>
          </Notice>
        ))}
      {value === null ? error === null && <p class="note">Loading…</p> : children(value)}
    </>
  );
}

/** What a status other than 200 comes to. */
function titleOf(status: number | null): string {
  if (status === null) return 'There is no answer';
  if (status === 404) return 'Not found';
  return status === 503 ? 'Not yet' : 'This cannot be answered';
}
