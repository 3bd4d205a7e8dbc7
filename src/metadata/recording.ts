import { MetadataError, quote } from './error.ts';
import { recordingShape } from './schema.ts';
import type { DocumentName, Documents } from './snapshot.ts';

/**
 * The documents of a recording: a JSON object with `services` and, where they are needed, `version`, `hosts`, `networks`, `containers`
 * and `self`. `place` is what messages call it. Throws `MetadataError`.
 */
export function recordingDocuments(value: unknown, place: string): Documents {
  const recording = recordingShape.safeParse(value);
  if (!recording.success) {
    throw new MetadataError(
      'wrong-shape',
      place,
      `is ${quote(value)}; an object with the list "services" was expected.`,
    );
  }
  return {
    locate: (name) => `${name} in ${place}`,
    read: (name) => Promise.resolve(documentAt(recording.data, name)),
  };
}

/** `self/host` is the member `host` of the member `self`, as in rancher-metadata itself. */
function documentAt(recording: unknown, name: DocumentName): unknown {
  return name
    .split('/')
    .reduce(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      recording,
    );
}
