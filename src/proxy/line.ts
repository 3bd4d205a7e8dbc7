/** Where a thing stands in a line. Made once for the thing, so that joining and leaving allocate nothing. */
export class Stand<T> {
  readonly item: T;
  /** When it joined. */
  since = 0;
  /** The line that it is in; null: none. */
  line: Line<T> | null = null;
  before: Stand<T> | null = null;
  after: Stand<T> | null = null;

  constructor(item: T) {
    this.item = item;
  }

  /** Leaves the line that it is in, if any. */
  leave(): void {
    this.line?.remove(this);
  }
}

/** Things in the order in which they last joined, which leave from wherever they stand. Nothing takes longer where there are more of them. */
export class Line<T> {
  #size = 0;
  #first: Stand<T> | null = null;
  #last: Stand<T> | null = null;

  get size(): number {
    return this.#size;
  }

  /** The one that joined longest ago; null where there is none. */
  get first(): Stand<T> | null {
    return this.#first;
  }

  /** Puts it to the end, wherever it was, also in another line. `since` is no less than that of any before. */
  join(stand: Stand<T>, since: number): void {
    stand.leave();
    stand.line = this;
    stand.since = since;
    stand.before = this.#last;
    if (this.#last === null) this.#first = stand;
    else this.#last.after = stand;
    this.#last = stand;
    this.#size += 1;
  }

  /** Takes it out. It must be in this line (`Stand.leave`). */
  remove(stand: Stand<T>): void {
    if (stand.before === null) this.#first = stand.after;
    else stand.before.after = stand.after;
    if (stand.after === null) this.#last = stand.before;
    else stand.after.before = stand.before;
    stand.before = null;
    stand.after = null;
    stand.line = null;
    this.#size -= 1;
  }
}
