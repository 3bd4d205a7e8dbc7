import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface SectionProps {
  readonly title: ComponentChildren;
  /** Beside the title: how many, say. */
  readonly aside?: ComponentChildren | undefined;
  readonly children: ComponentChildren;
}

/** A part of a page, under its heading. */
export function Section({ title, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>
        {title} {aside !== undefined && <span class="count">{aside}</span>}
      </h3>
      {children}
    </section>
  );
}
