import { effect, signal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { connection, news } from './live.ts';

/** What the daemon last answered to a question. */
export interface Answered<T> {
  /** Null: nothing so far. It stays while later answers fail. */
  readonly value: T | null;
  /** Why there was no answer last time; null: there was one. */
  readonly error: string | null;
  /** Its status; null where it did not answer at all, or was not asked yet. */
  readonly status: number | null;
}

const NOTHING = { value: null, error: null, status: null } as const;
/** Between two of the same question: ten thousand services are megabytes. */
const PAUSE_MS = 1_000;

/** Aborted when the daemon is heard of again after it was lost: what was asked before may never be answered. */
let found = new AbortController();
let wasLost = false;
effect(() => {
  const { state } = connection.value;
  if (wasLost && state === 'live') {
    found.abort();
    found = new AbortController();
  }
  wasLost = state === 'lost';
});

/**
 * What the daemon answers to a GET of this path, asked anew whenever there is news. Null: nothing is asked. What was answered to the
 * same question before is there at once.
 */
export function useAnswer<T>(path: string | null): Answered<T> {
  const question = useMemo(() => (path === null ? null : questionOf<T>(path)), [path]);
  useEffect(() => question?.begin(), [question]);
  useSignalEffect(() => {
    if (news.value > 0) question?.ask();
  });
  return question?.answered.value ?? NOTHING;
}

/** Those of lists stay, so that a page that was shown before is shown at once. */
const kept = new Map<string, Question<unknown>>();
const KEPT = ['/api/overview', '/api/routes', '/api/services', '/api/history'];

function questionOf<T>(path: string): Question<T> {
  const known = kept.get(path) as Question<T> | undefined;
  if (known !== undefined) return known;
  const question = new Question<T>(path);
  if (KEPT.includes(path)) kept.set(path, question);
  return question;
}

class Question<T> {
  readonly #path: string;
  readonly #answered = signal<Answered<T>>(NOTHING);
  #users = 0;
  #isAsking = false;
  /** Asked again before the answer was there. */
  #isOutdated = false;

  constructor(path: string) {
    this.#path = path;
  }

  get answered(): ReadonlySignal<Answered<T>> {
    return this.#answered;
  }

  /** Asks for as long as what is returned is not called. */
  begin(): () => void {
    this.#users++;
    this.ask();
    return () => {
      this.#users--;
    };
  }

  ask(): void {
    this.#isOutdated = true;
    if (!this.#isAsking) void this.#askUntilPresent();
  }

  async #askUntilPresent(): Promise<void> {
    this.#isAsking = true;
    while (this.#isOutdated && this.#users > 0) {
      this.#isOutdated = false;
      const { signal: isFound } = found;
      const answered = await get<T>(this.#path, isFound);
      const { value } = this.#answered.peek();
      if (isFound.aborted) this.#isOutdated = true;
      else this.#answered.value = answered.value === null ? { ...answered, value } : answered;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#isAsking = false;
  }
}

async function get<T>(path: string, aborted: AbortSignal): Promise<Answered<T>> {
  const headers = { Accept: 'application/json' };
  return answeredBy<T>(() => fetch(path, { headers, signal: aborted }));
}

/** What the daemon answers to JSON that is sent to it. */
export function post<T>(path: string, body: string): Promise<Answered<T>> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  return answeredBy<T>(() => fetch(path, { method: 'POST', headers, body }));
}

async function answeredBy<T>(request: () => Promise<Response>): Promise<Answered<T>> {
  try {
    const response = await request();
    const { status } = response;
    if (response.ok) return { value: (await response.json()) as T, error: null, status };
    return { value: null, error: await errorOf(response), status };
  } catch {
    return { value: null, error: 'active-lb does not answer', status: null };
  }
}

async function errorOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? `active-lb answered ${response.status}`;
}
