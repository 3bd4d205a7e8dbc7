import type { Derivation } from '../model/derivation.ts';
import { diffDerivations } from '../routing/diff.ts';
import type { Compared, Publication } from './events.ts';
import { historyEntry, withoutChanges, type HistoryEntry } from './historyEntry.ts';
import type { StateFile } from './stateFile.ts';
import type { Status } from './status.ts';
import { historyLine } from './storedHistory.ts';
import { totalsOf } from './totals.ts';

/** Entries that are kept. */
const MAX_ENTRIES = 200;
/** Characters of all entries together, as they are written: beyond it the oldest lose their changes. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** The first install of this run. */
interface Start {
  /** The id of the publication. */
  readonly publication: string;
  /** Of the entry. */
  id: number;
}

/** What changed when: the last 200 installs, across restarts too where they are kept in a file. */
export class History {
  readonly #file: StateFile<readonly HistoryEntry[]> | null;
  readonly #now: () => number;
  readonly #listeners = new Set<(entry: HistoryEntry) => void>();
  /** Newest first. Until what is kept was read, those of this run alone, counted from 1. */
  #entries: readonly HistoryEntry[] = [];
  #isRead = false;
  readonly #reading: Promise<void>;
  #live: { readonly id: string; readonly derivation: Derivation } | null = null;
  #start: Start | null = null;
  /** Heard before the install that it is about. */
  #comparison: Compared | null = null;

  /** `file` null: it lasts as long as the process. */
  constructor(file: StateFile<readonly HistoryEntry[]> | null, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
    this.#reading = this.#read();
  }

  /** Newest first; empty until what is kept was read. */
  get entries(): readonly HistoryEntry[] {
    return this.#isRead ? this.#entries : [];
  }

  /** Calls `listener` with each new entry, and with the first one of the run again where its changes are found later. Returns what ends that. */
  listen(listener: (entry: HistoryEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This is live from now on. Where it differs in nothing that is told from what was before, that adds no entry. */
  follow(publication: Publication, { install, metadata }: Pick<Status, 'install' | 'metadata'>): void {
    const { id: publicationId, follows, derivation } = publication;
    const before = this.#live;
    this.#live = { id: publicationId, derivation };
    const id = (this.#entries[0]?.id ?? 0) + 1;
    const what = {
      id,
      at: this.#now(),
      tableId: derivation.table.id,
      metadataVersion: install?.metadataVersion ?? '',
      total: totalsOf(derivation),
    };
    if (before === null) {
      const kind = metadata.fromState === null ? 'start' : 'restored';
      this.#add(historyEntry({ ...what, kind, comparedWith: null, changes: [] }));
      this.#start = { publication: publicationId, id };
      if (this.#comparison !== null) this.compared(this.#comparison);
      this.#comparison = null;
      return;
    }
    // What the refresher compared with is not always what is live: it may have been started anew.
    const changes =
      follows === before.id ? publication.changes : diffDerivations(before.derivation, derivation);
    if (changes.length === 0 && before.derivation.table.id === what.tableId) return;
    this.#add(historyEntry({ ...what, kind: 'change', comparedWith: 'live', changes }));
  }

  /** Notes how the first install of this run differs from the run before. */
  compared(comparison: Compared): void {
    const start = this.#start;
    if (start === null) {
      this.#comparison = comparison;
      return;
    }
    const index = this.#entries.findIndex(({ id }) => id === start.id);
    const entry = this.#entries[index];
    if (entry === undefined || start.publication !== comparison.publication) return;
    const better = historyEntry({ ...entry, comparedWith: 'last-run', changes: comparison.changes });
    this.#put(this.#entries.with(index, better), [better]);
  }

  /** Tries once more to store what could not be. */
  retry(): void {
    if (this.#file?.isBehind === true) void this.#file.save(this.#entries);
  }

  /** Resolves when all is stored, or cannot be. */
  async finished(): Promise<void> {
    await this.#reading;
    this.retry();
    await this.#file?.finished();
  }

  #add(entry: HistoryEntry): void {
    this.#put([entry, ...this.#entries], [entry]);
  }

  #put(entries: readonly HistoryEntry[], news: readonly HistoryEntry[]): void {
    this.#entries = bounded(entries);
    if (!this.#isRead) return;
    void this.#file?.save(this.#entries);
    for (const entry of news) for (const listener of this.#listeners) listener(entry);
  }

  async #read(): Promise<void> {
    const kept = (await this.#file?.load()) ?? [];
    this.#isRead = true;
    const lastId = kept[0]?.id ?? 0;
    const own = this.#entries.map((entry) => ({ ...entry, id: entry.id + lastId }));
    if (this.#start !== null) this.#start.id += lastId;
    if (own.length === 0) this.#entries = bounded(kept);
    else this.#put([...own, ...kept], own.toReversed());
  }
}

function bounded(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let characters = 0;
  return entries.slice(0, MAX_ENTRIES).map((entry) => {
    characters += historyLine(entry).length;
    return characters > MAX_CHARACTERS ? withoutChanges(entry) : entry;
  });
}
