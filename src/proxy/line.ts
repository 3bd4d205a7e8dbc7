interface Link<T> {
  readonly item: T;
  readonly since: number;
  before: Link<T> | null;
  after: Link<T> | null;
}

/** Things in the order in which they last joined, which leave from wherever they stand. Nothing takes longer where there are more of them. */
export class Line<T> {
  readonly #links = new Map<T, Link<T>>();
  #first: Link<T> | null = null;
  #last: Link<T> | null = null;

  get size(): number {
    return this.#links.size;
  }

  /** The one that joined longest ago, and when; null where there is none. */
  get first(): { readonly item: T; readonly since: number } | null {
    return this.#first;
  }

  /** Puts it to the end, wherever it was. `since` is no less than that of any before. */
  join(item: T, since: number): void {
    this.leave(item);
    const link: Link<T> = { item, since, before: this.#last, after: null };
    if (this.#last === null) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#links.set(item, link);
  }

  /** Whether it was there. */
  leave(item: T): boolean {
    const link = this.#links.get(item);
    if (link === undefined) return false;
    this.#links.delete(item);
    if (link.before === null) this.#first = link.after;
    else link.before.after = link.after;
    if (link.after === null) this.#last = link.before;
    else link.after.before = link.before;
    return true;
  }
}
