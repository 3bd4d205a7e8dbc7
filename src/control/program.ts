import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Manifest = z.object({ name: z.string(), version: z.string() });

/** This program, as its package.json names it; found from `src` and from `dist` alike. */
export const PROGRAM: Readonly<z.infer<typeof Manifest>> = Manifest.parse(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
);
