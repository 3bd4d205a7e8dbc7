import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreEvent } from './events.ts';
import { decodeStored, encodeStored, type StoredSnapshot } from './storedSnapshot.ts';

/** The file in `LB_STATE_DIR`. */
export const STORE_FILE = 'snapshot.json';

/** What is larger is none of ours: no source may answer with so much. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Labels may hold secrets. */
const FILE_MODE = 0o600;

/** Keeps the last good snapshot in a file. No failure of the disk is ever thrown: it is told instead, and costs nothing else. */
export class SnapshotStore {
  readonly #directory: string;
  readonly #path: string;
  readonly #tell: (event: StoreEvent) => void;
  /** Saved next, when the write under way is over. */
  #next: StoredSnapshot | null = null;
  #writing: Promise<void> | null = null;
  #isBehind = false;

  constructor(directory: string, tell: (event: StoreEvent) => void) {
    this.#directory = directory;
    this.#path = join(directory, STORE_FILE);
    this.#tell = tell;
  }

  /** Whether the last write failed, so that the file is older than what was to be saved. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Replaces the file as a whole, one write at a time: what is newer by then goes next. Resolves when nothing is left to write. */
  save(stored: StoredSnapshot): Promise<void> {
    this.#next = stored;
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  /** Resolves when nothing is left to write. */
  async finished(): Promise<void> {
    await this.#writing;
  }

  /** What was saved last, from this source. Null where there is nothing; a file that cannot be used is renamed to `.corrupt`. */
  async load(source: string): Promise<StoredSnapshot | null> {
    try {
      const stored = await this.#read();
      if (stored === null) return null;
      if (typeof stored === 'string') await this.#setAside(stored);
      else if (stored.source !== source)
        await this.#setAside(`was read from another source, ${stored.source}`);
      else return stored;
    } catch (error) {
      this.#tell({
        kind: 'store',
        what: 'read-failed',
        text: `the stored snapshot ${this.#path} cannot be used: ${messageOf(error)}`,
      });
    }
    return null;
  }

  /** What is wrong with it, where it is a text. */
  async #read(): Promise<StoredSnapshot | string | null> {
    // Where it is a named pipe, opening it must not wait for a writer.
    const file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK).catch(ifMissing);
    if (file === null) return null;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return 'is no file';
      if (stat.size > MAX_BYTES) return `has ${stat.size} bytes, more than ${MAX_BYTES}`;
      return decodeStored(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  }

  async #setAside(problem: string): Promise<void> {
    const aside = `${this.#path}.corrupt`;
    await rename(this.#path, aside);
    this.#tell({
      kind: 'store',
      what: 'set-aside',
      text: `the stored snapshot ${this.#path} ${problem}; it is not used, and is called ${aside} now`,
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== null) {
      const stored = this.#next;
      this.#next = null;
      await this.#write(stored);
    }
    this.#writing = null;
  }

  async #write(stored: StoredSnapshot): Promise<void> {
    try {
      await replaceFile(this.#directory, this.#path, encodeStored(stored));
    } catch (error) {
      if (!this.#isBehind) {
        this.#tell({
          kind: 'store',
          what: 'write-failed',
          text: `the snapshot cannot be stored (LB_STATE_DIR): ${messageOf(error)}; what is routed is not touched by that`,
        });
      }
      this.#isBehind = true;
      return;
    }
    this.#tell(
      this.#isBehind
        ? { kind: 'store', what: 'write-recovered', text: `the snapshot is stored in ${this.#path} again` }
        : { kind: 'store', what: 'written', text: `the snapshot is stored in ${this.#path}` },
    );
    this.#isBehind = false;
  }
}

/** Whatever happens, and whenever the power fails, there is the file of before or the new one, whole. */
async function replaceFile(directory: string, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  // One that was left behind may have another mode, or be a link to elsewhere.
  await rm(temporary, { force: true });
  try {
    const file = await open(temporary, 'wx', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // What a full disk has taken of it is of no use.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  const entries = await open(directory, 'r');
  try {
    await entries.sync();
  } finally {
    await entries.close();
  }
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
