/**
 * HTML that escapes by default. Its own thirty lines rather than a library: the page is made on the server and needs no
 * components, and what keeps it safe (only `Html` is written as it is) should be readable at a glance.
 */

/** Text that is HTML already; everything else is escaped. Make one of constants only. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in `html`…``; null and empty arrays write nothing. */
export type Renderable = string | number | Html | null | readonly Renderable[];

/**
 * HTML with its values escaped for element content and for attribute values in double quotes: they may stand nowhere else.
 * A value in `href` must start with a scheme or path of ours.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(values[i - 1] ?? null) + string));
}

function render(value: Renderable): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return escape(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
}
