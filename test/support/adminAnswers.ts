import assert from 'node:assert/strict';

/** What a response says, taken to be a `T`. */
export async function json<T>(response: Response): Promise<T> {
  return JSON.parse(await response.text());
}

/** The error that an answer of the admin server tells. */
export async function errorOf(response: Response): Promise<{ code: string; message: string }> {
  assert.equal(response.headers.get('content-type'), 'application/json');
  const { error } = await json<{ error: { code: string; message: string } }>(response);
  return error;
}
