/** The entries of a list, trimmed, without blank ones. A separator between braces belongs to a pattern: `{x:[a-z]{1,3}}`. */
export function splitList(text: string, separator: ',' | ';' = ','): readonly string[] {
  const entries: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}') depth--;
    else if (text[i] === separator && depth <= 0) {
      entries.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...entries, text.slice(start)].map((entry) => entry.trim()).filter((entry) => entry !== '');
}
