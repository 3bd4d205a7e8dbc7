import { z } from 'zod';
import { checksumOf } from './checksum.ts';
import { COMPARED_WITH, HISTORY_KINDS, type HistoryEntry } from './historyEntry.ts';

const FORMAT = 'active-lb history';
/** To be raised where a file of before cannot be read any more, or means something else. */
const VERSION = 1;
const HEADER = JSON.stringify({ format: FORMAT, version: VERSION });

const headerShape = z.object({ format: z.literal(FORMAT), version: z.literal(VERSION) });

const count = z.int().min(0);
const kindsShape = z.object({ added: count, removed: count, changed: count });

const entryShape: z.ZodType<HistoryEntry> = z.object({
  id: z.int().min(1),
  at: z.number().min(0).max(8.64e15),
  kind: z.enum(HISTORY_KINDS),
  tableId: z.string(),
  metadataVersion: z.string(),
  comparedWith: z.enum(COMPARED_WITH).nullable(),
  counts: z.object({
    routes: kindsShape,
    servers: kindsShape,
    findings: z.object({ added: count, removed: count }),
  }),
  total: z.object({ routes: count, services: count, servers: count, errors: count, warnings: count }),
  summary: z.string(),
  changes: z.array(
    z.object({
      kind: z.enum(['added', 'removed', 'changed']),
      what: z.enum(['route', 'server', 'finding']),
      service: z.string(),
      text: z.string(),
    }),
  ),
  moreChanges: count,
});

const lineShape = z.object({
  /** SHA-256 of the entry's JSON, in hex. */
  checksum: z.string(),
  entry: z.unknown(),
});

/** Each made once: all of them together may be megabytes, and one is new at a time. */
const lines = new WeakMap<HistoryEntry, string>();

/** An entry's line in the file: one JSON object. */
export function historyLine(entry: HistoryEntry): string {
  const known = lines.get(entry);
  if (known !== undefined) return known;
  const json = JSON.stringify(entry);
  const line = `{"checksum":"${checksumOf(json)}","entry":${json}}`;
  lines.set(entry, line);
  return line;
}

/** The text of the file: a line with format and version, then one for each entry. */
export function encodeHistory(entries: readonly HistoryEntry[]): string {
  return `${[HEADER, ...entries.map(historyLine)].join('\n')}\n`;
}

/** What `encodeHistory` was given. Else what is wrong with the text, to be read after "it": `is cut off`. */
export function decodeHistory(text: string): readonly HistoryEntry[] | string {
  const [header = '', ...rest] = text.split('\n');
  if (!headerShape.safeParse(parsed(header)).success)
    return `is no history of this program in version ${VERSION} of its format`;
  if (rest.pop() !== '') return 'is cut off';
  const entries: HistoryEntry[] = [];
  for (const line of rest) {
    const entry = decodeLine(line, entries.at(-1)?.id ?? Infinity);
    if (typeof entry === 'string') return `${entry} in line ${entries.length + 2}`;
    entries.push(entry);
  }
  return entries;
}

/** `newerId`: that of the line before. */
function decodeLine(line: string, newerId: number): HistoryEntry | string {
  const read = lineShape.safeParse(parsed(line));
  if (!read.success) return 'is no entry';
  const { checksum, entry } = read.data;
  // JSON that JSON.stringify made is the same text again after JSON.parse.
  if (checksumOf(JSON.stringify(entry)) !== checksum) return 'does not fit its checksum';
  const { success, data, error } = entryShape.safeParse(entry);
  if (success) return data.id < newerId ? data : 'is out of order';
  const { path = [], message = '' } = error.issues[0] ?? {};
  return `has an unexpected ${path.join('.')}: ${message}`;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
