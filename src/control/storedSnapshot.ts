import { z } from 'zod';
import type { DeriveSettings } from '../model/derivation.ts';
import { FINDING_CODES } from '../model/finding.ts';
import type { Snapshot } from '../model/service.ts';
import { checksumOf } from './checksum.ts';

/** A snapshot as it is kept on disk. */
export interface StoredSnapshot {
  /** Milliseconds since the epoch. */
  readonly readAt: number;
  /** The URL of the source that it was read from. */
  readonly source: string;
  /** What it was derived with; null where another version of this program wrote the file. */
  readonly settings: DeriveSettings | null;
  readonly snapshot: Snapshot;
}

const FORMAT = 'active-lb snapshot';
/** To be raised where a file of before cannot be read any more, or means something else. */
const VERSION = 1;

const envelopeShape = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** SHA-256 of the content's JSON, in hex. */
  checksum: z.string(),
  content: z.unknown(),
});

const findingShape = z.object({
  code: z.enum(FINDING_CODES),
  severity: z.enum(['error', 'warning', 'info']),
  label: z.string().nullable(),
  segment: z.string().exactOptional(),
  message: z.string(),
});

const containerShape = z.object({
  name: z.string(),
  state: z.string(),
  healthState: z.string().nullable(),
  address: z.string().nullable(),
  hostUuid: z.string().nullable(),
});

const serviceShape = z.object({
  id: z.string(),
  stack: z.string(),
  name: z.string(),
  kind: z.string(),
  labels: z.record(z.string(), z.string()),
  hasHealthCheck: z.boolean(),
  containers: z.array(containerShape),
  external: z.object({ addresses: z.array(z.string()), hostname: z.string().nullable() }).nullable(),
  findings: z.array(findingShape),
});

const settingsShape: z.ZodType<DeriveSettings> = z.object({
  defaultDomain: z.string().nullable(),
  healthRequired: z.boolean(),
  allowUnsupported: z.boolean(),
  hostTemplate: z.string().nullable(),
  constraints: z.array(z.object({ mustMatch: z.boolean(), pattern: z.string() })),
  preferLocal: z.boolean(),
});

const contentShape: z.ZodType<StoredSnapshot> = z.object({
  readAt: z.number().min(0).max(8.64e15),
  source: z.string(),
  // Files of other versions have none, or others: it is only compared with.
  settings: settingsShape.nullable().catch(null),
  snapshot: z.object({
    version: z.string(),
    services: z.array(serviceShape),
    localHostUuid: z.string().nullable(),
    resolutions: z.record(
      z.string(),
      z.object({ addresses: z.array(z.string()), error: z.string().nullable() }),
    ),
  }),
});

/** The text of the file: one JSON object with format, version, checksum and content. */
export function encodeStored(stored: StoredSnapshot): string {
  const content = JSON.stringify(stored);
  const head = JSON.stringify({ format: FORMAT, version: VERSION, checksum: checksumOf(content) });
  return `${head.slice(0, -1)},"content":${content}}\n`;
}

/** What `encodeStored` was given. Else what is wrong with the text, to be read after "it": `is cut off`. */
export function decodeStored(text: string): StoredSnapshot | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is no JSON, or cut off';
  }
  const envelope = envelopeShape.safeParse(value);
  if (!envelope.success) return `is no snapshot of this program in version ${VERSION} of its format`;
  const { checksum, content } = envelope.data;
  // JSON that JSON.stringify made is the same text again after JSON.parse.
  if (checksumOf(JSON.stringify(content)) !== checksum) return 'does not fit its checksum';
  const parsed = contentShape.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path = [], message = '' } = parsed.error.issues[0] ?? {};
  return `has an unexpected ${path.join('.')}: ${message}`;
}
