import type { Html } from '../html.ts';
import { html } from '../html.ts';

/** A question as it stands in the form's fields. */
export interface FormQuestion {
  readonly host: string;
  readonly path: string;
  readonly method: string;
}

export const NO_QUESTION: FormQuestion = { host: '', path: '', method: '' };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** The form that asks what becomes of a request. It leads to `/explain` and needs no script. */
export function renderRequestForm({ host, path, method }: FormQuestion): Html {
  return html`<form action="/explain" method="get" class="question" aria-label="Explain a request">
    <span class="form-title">Why is a request routed as it is?</span>
    <label class="field field-host"
      >Host
      <input
        name="host"
        required
        value="${host}"
        placeholder="web.example.com"
        autocapitalize="off"
        spellcheck="false"
    /></label>
    <label class="field field-path"
      >Path <input name="path" value="${path}" placeholder="/" autocapitalize="off" spellcheck="false"
    /></label>
    <label class="field field-method"
      >Method
      <select name="method">
        ${METHODS.map((each) => html`<option ${each === method ? html`selected` : null}>${each}</option>`)}
      </select></label
    >
    <button>Explain</button>
  </form>`;
}
