/** Lines for a terminal, of text that anybody may have written. */

const COLUMNS = 80;

/** Lines of at most 80 columns; a word is never cut, so that names and URLs can be copied. */
export function wrap(text: string, first: string, rest: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of printable(text).split(' ')) {
    const isStart = line === first || line === rest;
    if (!isStart && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = `${rest}${word}`;
    } else {
      line += isStart ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

/** Names and labels are anybody's text: what would steer a terminal, or turn its writing around, is shown as an escape. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
