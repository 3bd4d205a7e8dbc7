/** The pages of the dashboard, in the order of its navigation: the admin server answers below each of these paths with its document, whose script shows what belongs there. */
export const PAGES = [
  { path: '/', name: 'Overview' },
  { path: '/routes', name: 'Routes' },
  { path: '/services', name: 'Services' },
  { path: '/explain', name: 'Explain' },
  { path: '/dry-run', name: 'Dry run' },
  { path: '/history', name: 'History' },
] as const;

/** Whether a path is one of a page, such as `/services/shop/web`. */
export function isPage(path: string): boolean {
  const [, first = ''] = path.split('/');
  return PAGES.some((page) => page.path === `/${first}`) && (first !== '' || path === '/');
}
