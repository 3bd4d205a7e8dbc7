import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What a browser gets: all modules of the dashboard as one script, all its style sheets as one. */
export interface Bundle {
  readonly script: string;
  readonly style: string;
}

const LICENCES = '/* Has Preact, @preact/signals and uPlot in it, all under the MIT licence. */';

/**
 * Bundles the dashboard. The image has what this made when it was built; from source it is made when the page is first asked for.
 *
 * @throws where a module does not compile
 */
export async function bundleDashboard(): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'main.tsx')],
    tsconfig: join(import.meta.dirname, 'tsconfig.json'),
    bundle: true,
    minify: true,
    write: false,
    outdir: import.meta.dirname,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    banner: { js: LICENCES },
    logLevel: 'silent',
  });
  const textOf = (extension: string): string =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text.trim() ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}

if (import.meta.main) {
  const directory = join(import.meta.dirname, '../../dist/admin/page');
  mkdirSync(directory, { recursive: true });
  const { script, style } = await bundleDashboard();
  writeFileSync(join(directory, 'dashboard.js'), script);
  writeFileSync(join(directory, 'dashboard.css'), style);
}
