import type { Html } from '../html.ts';
import { html } from '../html.ts';

/** The button that lets a held refresh through. It needs no script: the answer leads back to the page. */
export function releaseForm(): Html {
  return html`<form action="/api/release" method="post"><button>Release now</button></form>`;
}
