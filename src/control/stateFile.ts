import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreEvent } from './events.ts';

export interface StateFileOptions<T> {
  /** `LB_STATE_DIR`. */
  readonly directory: string;
  readonly name: string;
  /** What is in it, to be read after an article: `snapshot`. */
  readonly noun: string;
  /** What is larger is none of ours, and not read. */
  readonly maxBytes: number;
  readonly encode: (value: T) => string;
  /** What `encode` was given. Else what is wrong with the text, to be read after "it": `is cut off`. */
  readonly decode: (text: string) => T | string;
  readonly tell: (event: StoreEvent) => void;
}

/** What the file may hold (labels, names) is for its owner alone. */
const FILE_MODE = 0o600;

/** Keeps one value in a file. No failure of the disk is ever thrown: it is told instead, and costs nothing else. */
export class StateFile<T> {
  readonly #options: StateFileOptions<T>;
  readonly #path: string;
  /** Saved next, when the write under way is over. */
  #next: { readonly value: T } | null = null;
  #writing: Promise<void> | null = null;
  #isBehind = false;

  constructor(options: StateFileOptions<T>) {
    this.#options = options;
    this.#path = join(options.directory, options.name);
  }

  /** Whether the last write failed, so that the file is older than what was to be saved. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Replaces the file as a whole, one write at a time: what is newer by then goes next. Resolves when nothing is left to write. */
  save(value: T): Promise<void> {
    this.#next = { value };
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  /** Resolves when nothing is left to write. */
  async finished(): Promise<void> {
    await this.#writing;
  }

  /** What was saved last. Null where there is nothing; a file that cannot be used is renamed to `.corrupt`. */
  async load(): Promise<T | null> {
    try {
      const read = await this.#read();
      if (typeof read !== 'string') return read?.value ?? null;
      await this.#setAside(read);
    } catch (error) {
      this.#tell(
        'read-failed',
        `the stored ${this.#options.noun} ${this.#path} cannot be used: ${messageOf(error)}`,
      );
    }
    return null;
  }

  /** The same for those who can do without: a file that cannot be used stays where it is, and nothing is told. */
  async peek(): Promise<T | null> {
    const read = await this.#read().catch(() => null);
    return read === null || typeof read === 'string' ? null : read.value;
  }

  /** What is wrong with it, where it is a text. */
  async #read(): Promise<{ readonly value: T } | string | null> {
    const { maxBytes, decode } = this.#options;
    // Where it is a named pipe, opening it must not wait for a writer.
    const file = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK).catch(ifMissing);
    if (file === null) return null;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return 'is no file';
      if (stat.size > maxBytes) return `has ${stat.size} bytes, more than ${maxBytes}`;
      const value = decode(await file.readFile('utf8'));
      return typeof value === 'string' ? value : { value };
    } finally {
      await file.close();
    }
  }

  async #setAside(problem: string): Promise<void> {
    const aside = `${this.#path}.corrupt`;
    await rename(this.#path, aside);
    const { noun } = this.#options;
    this.#tell(
      'set-aside',
      `the stored ${noun} ${this.#path} ${problem}; it is not used, and is called ${aside} now`,
    );
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== null) {
      const { value } = this.#next;
      this.#next = null;
      await this.#write(value);
    }
    this.#writing = null;
  }

  async #write(value: T): Promise<void> {
    const { directory, noun, encode } = this.#options;
    try {
      await replaceFile(directory, this.#path, encode(value));
    } catch (error) {
      if (!this.#isBehind) {
        this.#tell(
          'write-failed',
          `the ${noun} cannot be stored (LB_STATE_DIR): ${messageOf(error)}; what is routed is not touched by that`,
        );
      }
      this.#isBehind = true;
      return;
    }
    if (this.#isBehind) this.#tell('write-recovered', `the ${noun} is stored in ${this.#path} again`);
    else this.#tell('written', `the ${noun} is stored in ${this.#path}`);
    this.#isBehind = false;
  }

  #tell(what: StoreEvent['what'], text: string): void {
    this.#options.tell({ kind: 'store', what, text });
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
