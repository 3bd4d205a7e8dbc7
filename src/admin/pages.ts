/**
 * The pages of the dashboard, in the order of its navigation. The admin server answers below each of these paths with its document, whose script
 * shows what belongs there. `names`: how many may follow in the path.
 */
export const PAGES = [
  { path: '/', name: 'Overview', names: [0] },
  { path: '/routes', name: 'Routes', names: [0] },
  { path: '/services', name: 'Services', names: [0, 2] },
  { path: '/explain', name: 'Explain', names: [0] },
  { path: '/dry-run', name: 'Dry run', names: [0] },
  { path: '/history', name: 'History', names: [0, 1] },
] as const satisfies readonly Page[];

interface Page {
  readonly path: string;
  readonly name: string;
  readonly names: readonly number[];
}

/** The page that a path such as `/services/shop/web` belongs to, and whether there is anything at it; null: none of the dashboard's. */
export function pageAt(path: string): { readonly page: Page; readonly isThere: boolean } | null {
  const [, first = '', ...names] = path.split('/');
  const page: Page | undefined = PAGES.find((each) => each.path === `/${first}`);
  if (page === undefined || (first === '' && path !== '/')) return null;
  return { page, isThere: page.names.includes(names.length) && !names.includes('') };
}
