import { count, grouped } from '../control/words.ts';

/** Long lists: what is looked for, in which order, a page at a time. */

/** Rows of a page: more help nobody, and make a browser slow. */
export const PAGE_ROWS = 100;

export interface Page<T> {
  readonly rows: readonly T[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** One page of these; a number that there is no page of is the nearest that there is. */
export function pageOf<T>(all: readonly T[], wanted: string | null): Page<T> {
  const pages = Math.max(1, Math.ceil(all.length / PAGE_ROWS));
  const page = Math.min(pages, Math.max(1, Number.parseInt(wanted ?? '1', 10) || 1));
  return { rows: all.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS), page, pages, total: all.length };
}

/** Whether every word of what is looked for stands in a text, in any case. */
export function finder(looked: string): (lowerCaseText: string) => boolean {
  const words = looked.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => words.every((word) => text.includes(word));
}

/** `3 of 6 routes`, or `6 routes` where all are found. */
export function foundWords(found: number, all: number, noun: string): string {
  return found === all ? count(all, noun) : `${grouped(found)} of ${count(all, noun)}`;
}

/** What a table may be sorted by: its column, backwards with a dash before it. */
export interface Order<C extends string> {
  readonly column: C;
  readonly isDescending: boolean;
}

/** Reads `sort=-rate`; what is no column of the table is the first. */
export function orderOf<C extends string>(text: string | null, columns: readonly [C, ...C[]]): Order<C> {
  const name = text?.replace(/^-/, '') ?? '';
  const column = columns.find((each) => each === name);
  return column === undefined
    ? { column: columns[0], isDescending: false }
    : { column, isDescending: text?.startsWith('-') === true };
}

/** Sorts by what each is worth: texts by their letters, numbers by size, null last. What is worth the same stays in its order. */
export function sorted<T>(
  rows: readonly T[],
  worth: (row: T) => string | number | null,
  isDescending: boolean,
): readonly T[] {
  const direction = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: worth(row) }))
    .toSorted((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return a.value < b.value ? -direction : a.value > b.value ? direction : 0;
    })
    .map(({ row }) => row);
}
