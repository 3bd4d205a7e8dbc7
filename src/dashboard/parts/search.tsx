import { useId } from 'preact/hooks';
import { amend, place } from '../place.ts';

interface SearchProps {
  readonly label: string;
  readonly placeholder: string;
}

/** What is looked for on this page: the parameter `q`. */
export function looked(): string {
  return place.value.query.get('q') ?? '';
}

/** A field for `q`; the list follows every letter. */
export function Search({ label, placeholder }: SearchProps) {
  const id = useId();
  return (
    <search>
      <form onSubmit={(event) => event.preventDefault()}>
        <label for={id}>
          {label} <kbd aria-hidden="true">/</kbd>
        </label>
        <input
          id={id}
          type="search"
          name="q"
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck={false}
          placeholder={placeholder}
          value={looked()}
          onInput={({ currentTarget }) => amend({ q: currentTarget.value })}
        />
      </form>
    </search>
  );
}
