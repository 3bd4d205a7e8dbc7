import { readFile } from 'node:fs/promises';

/** What makes the document the dashboard: `src/dashboard`, bundled. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

/** Compiled, the bundle stands beside this file (`npm run build`); from source it is made when the page is first asked for. */
const IS_COMPILED = import.meta.filename.endsWith('.js');

let assets: Promise<Assets> | null = null;

/** The same for as long as the process lives. Rejects where there is no bundle, and then tries again for whoever asks next. */
export function dashboardAssets(): Promise<Assets> {
  assets ??= (IS_COMPILED ? read() : bundle()).catch((fault: unknown) => {
    assets = null;
    throw fault;
  });
  return assets;
}

async function read(): Promise<Assets> {
  const [script, style] = await Promise.all([textOf('dashboard.js'), textOf('dashboard.css')]);
  return { script, style };
}

function textOf(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}

async function bundle(): Promise<Assets> {
  // By a name that the compiler cannot follow: neither the bundler nor the dashboard's modules belong to the program.
  const bundler = new URL('../../dashboard/bundle.ts', import.meta.url).href;
  const { bundleDashboard } = (await import(bundler)) as { bundleDashboard: () => Promise<Assets> };
  return bundleDashboard();
}
