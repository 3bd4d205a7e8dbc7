import { useId } from 'preact/hooks';
import type { ServiceView } from '../../control/views.ts';
import { useAnswer } from '../answers.ts';

interface ServiceFieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** Suggestions that are made at a time. */
const MAX_SUGGESTED = 50;

/** A field for a service's id, `stack/name`, that suggests those there are. */
export function ServiceField({ value, onInput }: ServiceFieldProps) {
  const list = useId();
  const { services = [] } = useAnswer<{ services: readonly ServiceView[] }>('/api/services').value ?? {};
  const typed = value.trim().toLowerCase();
  const suggested = services.filter(({ id }) => id.toLowerCase().includes(typed)).slice(0, MAX_SUGGESTED);
  return (
    <label class="field wide">
      Service
      <input
        name="service"
        list={list}
        required
        value={value}
        placeholder="stack/name"
        autocapitalize="off"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <datalist id={list}>
        {suggested.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </label>
  );
}
