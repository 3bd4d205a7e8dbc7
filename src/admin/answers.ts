/** What the admin server answers, as a value. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly fields?: Readonly<Record<string, string>>;
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
