/** A label as it stands in the form for dry runs. */
export interface LabelEdit {
  readonly name: string;
  readonly value: string;
  /** The value that the service has now, as it is shown; null: it has no such label. */
  readonly present: string | null;
  /** Whether the label shall go. */
  readonly isRemoved: boolean;
}

/** What a service that has no label needs first of all. */
const FIRST_LABELS = ['traefik.enable=true', 'traefik.domain=', 'traefik.port='];

/** The labels that a service has, to be edited. */
export function editsOf(
  labels: readonly { readonly label: string; readonly value: string }[],
): readonly LabelEdit[] {
  return labels.map(({ label, value }) => ({ name: label, value, present: value, isRemoved: false }));
}

/**
 * The same edits, of a service whose labels have become others meanwhile: what nobody touched follows, what somebody typed stays, and is compared
 * with what there is now.
 */
export function rebased(
  edits: readonly LabelEdit[],
  labels: readonly { readonly label: string; readonly value: string }[],
): readonly LabelEdit[] {
  const left = new Map(labels.map(({ label, value }) => [label, value]));
  const kept = edits.flatMap((edit): readonly LabelEdit[] => {
    const present = left.get(edit.name.trim()) ?? null;
    left.delete(edit.name.trim());
    const isTouched = edit.isRemoved || edit.value !== edit.present;
    if (isTouched) return [{ ...edit, present }];
    return present === null ? [] : [{ ...edit, present, value: present }];
  });
  return [...kept, ...editsOf([...left].map(([label, value]) => ({ label, value })))];
}

/** For a service that has none. */
export function firstEdits(): readonly LabelEdit[] {
  return FIRST_LABELS.map((label) => {
    const [name = '', value = ''] = label.split('=');
    return { name, value, present: null, isRemoved: false };
  });
}

/**
 * The labels that differ from those that the service has: all that a dry run must be told of. What is shown in place of a credential is
 * never sent, unless somebody typed over it.
 */
export function changesIn(edits: readonly LabelEdit[]): Readonly<Record<string, string | null>> {
  const changes = new Map<string, string | null>();
  for (const { name, value, present, isRemoved } of edits) {
    const label = name.trim();
    if (label === '') continue;
    if (isRemoved) {
      if (present !== null) changes.set(label, null);
    } else if (value !== present) changes.set(label, value);
  }
  return Object.fromEntries(changes);
}
