/** Beyond this nothing is compared: it would only cost time. */
const MAX_LENGTH = 100;

/**
 * The candidate with the fewest edits from `text`, which is in lower case; the first of equals. Null where the text is too
 * long to be a misspelling, or none is within `maxEdits`.
 */
export function nearest(
  text: string,
  candidates: readonly string[],
  maxEdits = 2 * MAX_LENGTH - 1,
): string | null {
  if (text.length > MAX_LENGTH) return null;
  let best: string | null = null;
  let limit = maxEdits + 1;
  for (const candidate of candidates) {
    const distance = editDistance(...withoutCommonEnds(text, candidate.toLowerCase()), limit);
    if (distance < limit) [best, limit] = [candidate, distance];
  }
  return best;
}

/** What two texts begin and end with alike costs no edit: most candidates differ in little. */
function withoutCommonEnds(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/** One row of Levenshtein's matrix, used again and again: allocating it anew was most of the time. */
const row = new Uint16Array(2 * MAX_LENGTH);

/** Levenshtein's distance, or `limit` where it cannot get below that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || b.length >= row.length) return limit;
  for (let j = 0; j <= b.length; j++) row[j] = j;
  for (let i = 0; i < a.length; i++) {
    let diagonal = i;
    let left = i + 1;
    let lowest = left;
    row[0] = left;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const replaced = diagonal + (a.charCodeAt(i) === b.charCodeAt(j - 1) ? 0 : 1);
      left = Math.min(replaced, above + 1, left + 1);
      row[j] = left;
      diagonal = above;
      if (left < lowest) lowest = left;
    }
    if (lowest >= limit) return limit;
  }
  return row[b.length] ?? 0;
}
