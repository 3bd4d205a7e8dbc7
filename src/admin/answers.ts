import type { ServerResponse } from 'node:http';

/** What the admin server answers, as a value. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly fields?: Readonly<Record<string, string>>;
}

/** An answer without an end. */
export interface EndlessAnswer {
  readonly contentType: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Why there is none after all, asked right before it begins; null: there is. */
  readonly refusal: () => Answer | null;
  /** Goes on with the response, whose head is written. */
  readonly begin: (response: ServerResponse) => void;
}

const JSON_TYPE = 'application/json';

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, contentType: JSON_TYPE, body: jsonText(value) };
}

/** JSON that was made before. */
export function preparedJsonAnswer(body: Buffer): Answer {
  return { status: 200, contentType: JSON_TYPE, body };
}

/** `{"error": {"code", "message"}}`; `code` is for scripts, `message` tells a person what would be right. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  fields: Readonly<Record<string, string>> = {},
): Answer {
  return { status, contentType: JSON_TYPE, body: jsonText({ error: { code, message } }), fields };
}

/** Compact, with a line end for those who read it in a terminal. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
