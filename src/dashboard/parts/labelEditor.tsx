import type { LabelEdit } from '../labelEdits.ts';

interface LabelEditorProps {
  readonly edits: readonly LabelEdit[];
  readonly onChange: (edits: readonly LabelEdit[]) => void;
}

/** A service's labels, a line each, to be changed, taken away and added to. */
export function LabelEditor({ edits, onChange }: LabelEditorProps) {
  const change = (index: number, changes: Partial<LabelEdit>): void =>
    onChange(edits.map((edit, i) => (i === index ? { ...edit, ...changes } : edit)));
  const add = (): void => onChange([...edits, { name: '', value: '', present: null, isRemoved: false }]);
  const takeAway = (index: number): void =>
    edits[index]?.present === null
      ? onChange(edits.filter((_, i) => i !== index))
      : change(index, { isRemoved: edits[index]?.isRemoved !== true });
  return (
    <>
      <ul class="edits">
        {edits.map((edit, i) => (
          <li key={i} class={changeOf(edit)}>
            <input
              aria-label={`Name of label ${i + 1}`}
              class="mono"
              value={edit.name}
              placeholder="traefik.…"
              readOnly={edit.present !== null}
              autocapitalize="off"
              spellcheck={false}
              onInput={({ currentTarget }) => change(i, { name: currentTarget.value })}
            />
            <span aria-hidden="true">=</span>
            <input
              aria-label={`Value of ${edit.name === '' ? `label ${i + 1}` : edit.name}`}
              class="mono"
              value={edit.value}
              disabled={edit.isRemoved}
              autocapitalize="off"
              spellcheck={false}
              onInput={({ currentTarget }) => change(i, { value: currentTarget.value })}
            />
            <button
              type="button"
              class="light"
              aria-label={`${edit.isRemoved ? 'Keep' : 'Remove'} ${edit.name === '' ? `label ${i + 1}` : edit.name}`}
              onClick={() => takeAway(i)}
            >
              {edit.isRemoved ? 'Keep' : 'Remove'}
            </button>
            <span class="dim">{changeOf(edit)}</span>
          </li>
        ))}
      </ul>
      <p>
        <button type="button" class="light" onClick={add}>
          Add a label
        </button>
      </p>
    </>
  );
}

function changeOf({ value, present, isRemoved }: LabelEdit): string {
  if (isRemoved) return 'removed';
  if (present === null) return 'added';
  return value === present ? '' : 'changed';
}
