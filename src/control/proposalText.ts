import { shownKey } from '../labels/shown.ts';
import { MetadataError } from '../metadata/error.ts';
import { LocalHost } from '../metadata/localHost.ts';
import { recordingDocuments } from '../metadata/recording.ts';
import { labelValueShape } from '../metadata/schema.ts';
import { readSnapshot } from '../metadata/snapshot.ts';
import { REDACTED } from '../model/secret.ts';
import type { LabelChanges, Proposal } from './proposal.ts';

/** Why a text is no proposal. */
export interface ProposalMistake {
  /** For scripts. */
  readonly code: 'not-json' | 'bad-proposal' | 'too-much';
  /** One sentence: what is wrong, where, and what would be right. Never a value, which may be a credential. */
  readonly mistake: string;
}

/** A megabyte of metadata has about half of them. Of lists of nothing it could have so many that reading each in vain takes seconds. */
const MAX_VALUES = 100_000;
/** Metadata has about five levels. */
const MAX_DEPTH = 50;
/** Nobody changes more at once, and each may have a finding. */
const MAX_LABELS = 1_000;

const FORMS =
  'give {"service": "stack/name", "labels": {"traefik.port": "8080", "traefik.domain": null}}, where null takes a label away, or metadata as rancher-metadata has it, {"services": […]}';

/** Reads a proposal from JSON. Metadata is read as that of a `file:` source is; `preferLocal`: as the setting says. */
export async function readProposal(
  bytes: Uint8Array,
  preferLocal: boolean,
): Promise<Proposal | ProposalMistake> {
  const parsed = parse(bytes);
  if ('mistake' in parsed) return parsed;
  const { value } = parsed;
  const excess = excessOf(value);
  if (excess !== null) return { code: 'too-much', mistake: excess };
  if (!isObject(value)) return bad(`the body is ${kindOf(value)}, where an object is expected; ${FORMS}`);
  const isMetadata = Object.hasOwn(value, 'services');
  if (isMetadata && (Object.hasOwn(value, 'service') || Object.hasOwn(value, 'labels')))
    return bad(`there are both "services" and "service" or "labels", which ask different things; ${FORMS}`);
  return isMetadata ? readMetadata(value, preferLocal) : readLabelProposal(value);
}

function parse(bytes: Uint8Array): { readonly value: unknown } | ProposalMistake {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { value: JSON.parse(text) };
  } catch (error) {
    // What V8 says besides has a piece of the text, which may be a credential.
    const [where = ''] = / at position \d+( \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
    const what = error instanceof SyntaxError ? `is not JSON${where}` : 'is not in UTF-8';
    return { code: 'not-json', mistake: `the body ${what}; ${FORMS}` };
  }
}

/** Goes through a value level by level, since what is nested deeply would be too much for a recursion. */
function excessOf(value: unknown): string | null {
  let level: readonly unknown[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    values += level.length;
    if (depth > MAX_DEPTH)
      return `the body is nested more than ${MAX_DEPTH} levels deep, which no metadata is`;
    if (values > MAX_VALUES)
      return `the body has more than ${MAX_VALUES.toLocaleString('en')} values; a dry run takes no more, so leave out services that are of no interest`;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return null;
}

async function readMetadata(value: unknown, preferLocal: boolean): Promise<Proposal | ProposalMistake> {
  try {
    const documents = recordingDocuments(value, 'the body');
    return { kind: 'metadata', snapshot: await readSnapshot(documents, new LocalHost(preferLocal)) };
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
    return bad(error.message.replace(/\.$/, ''));
  }
}

function readLabelProposal(value: Readonly<Record<string, unknown>>): Proposal | ProposalMistake {
  const { service, labels } = value;
  const stranger = Object.keys(value).find((key) => key !== 'service' && key !== 'labels');
  if (stranger !== undefined)
    return bad(`there is no member ${JSON.stringify(shownKey(stranger))}; ${FORMS}`);
  if (typeof service !== 'string') return bad(`"service" is ${kindOf(service)}; ${FORMS}`);
  if (!isObject(labels)) return bad(`"labels" is ${kindOf(labels)}; ${FORMS}`);
  if (Object.keys(labels).length > MAX_LABELS)
    return {
      code: 'too-much',
      mistake: `"labels" has more than ${MAX_LABELS.toLocaleString('en')} labels; give those that change alone`,
    };
  const changes = readChanges(labels);
  return typeof changes === 'string' ? bad(changes) : { kind: 'labels', service, labels: changes };
}

/** What is wrong is told in one sentence. */
function readChanges(labels: Readonly<Record<string, unknown>>): LabelChanges | string {
  const changes = new Map<string, string | null>();
  for (const [key, given] of Object.entries(labels)) {
    const shown = shownKey(key);
    const value = given === null ? null : labelValueShape.safeParse(given);
    if (value !== null && !value.success)
      return `the label ${shown} is ${kindOf(given)}, where text is expected, or null to take it away`;
    const text = value === null ? null : String(value.data);
    if (text?.includes(REDACTED) === true)
      return `the label ${shown} has ${REDACTED}, which stands for what is not shown; leave the label out to keep its value, or give the whole of another`;
    changes.set(key, text);
  }
  return changes;
}

function bad(mistake: string): ProposalMistake {
  return { code: 'bad-proposal', mistake };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
