/** What stands in a table. */
export type Cell = string | number;

/** A Markdown table that is also readable as text: the first column left, the others right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_name, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0)));
  const lines = all.map((row) => {
    const cells = row.map((cell, i) => (i > 0 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)));
    return `| ${cells.join(' | ')} |`;
  });
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** A figure with so many digits after the point. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

/** A whole number with commas. */
export function count(value: number): string {
  return value.toLocaleString('en');
}
