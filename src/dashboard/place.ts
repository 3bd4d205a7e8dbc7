import { signal } from '@preact/signals';
import { pageAt } from '../admin/pages.ts';
import { isOutdated } from './live.ts';

/** Where somebody is: everything that a page shows follows from it and from what the daemon says, so that any link leads to the same view. */
export interface Place {
  /** Without a slash at the end, but for `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export const place = signal<Place>(here());

function here(): Place {
  const { pathname, search } = globalThis.location;
  return {
    path: pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname,
    query: new URLSearchParams(search),
  };
}

/** Goes to another page, as a link does; or to another view of this one, where whoever sorts or filters stays where they are. */
export function go(href: string): void {
  if (isOutdated.value) {
    globalThis.location.assign(href);
    return;
  }
  const { path } = place.value;
  history.pushState(null, '', href);
  place.value = here();
  if (place.value.path === path) return;
  globalThis.scrollTo(0, 0);
  // Whoever reads by ear or walks by keyboard starts anew at the page's heading.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main h2')?.focus());
}

/** This page with other parameters; null and '' take one away. `page` counts anew unless it is named. */
export function hrefWith(changes: Readonly<Record<string, string | null>>): string {
  const { path, query } = place.value;
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries({ page: null, ...changes })) {
    if (value === null || value === '') changed.delete(name);
    else changed.set(name, value);
  }
  const search = changed.toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Changes parameters of this page in its place: going back leads to the page before, not through every letter that was typed. */
export function amend(changes: Readonly<Record<string, string | null>>): void {
  history.replaceState(null, '', hrefWith(changes));
  place.value = here();
}

/** Takes over links between pages, and the browser's way back. */
export function followLinks(): void {
  globalThis.addEventListener('popstate', () => {
    place.value = here();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.origin !== location.origin || link.target !== '') return;
    if (pageAt(link.pathname) === null || link.hasAttribute('download')) return;
    // Within the page.
    if (link.hash !== '') return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** To a service's own page. */
export function serviceHref(id: string): string {
  const [stack, name] = splitId(id);
  return `/services/${segment(stack)}/${segment(name)}`;
}

/** To what becomes of a service's labels. */
export function explainHref(service: string): string {
  return `/explain?service=${segment(service)}`;
}

export function dryRunHref(service: string): string {
  return `/dry-run?service=${segment(service)}`;
}

/** Lone surrogates may stand in JSON, but in no URL. */
function segment(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

/** Stack and name: of a stack's name, nothing is known but that it has no slash. */
function splitId(id: string): readonly [string, string] {
  const slash = id.indexOf('/');
  return [id.slice(0, slash), id.slice(slash + 1)];
}
