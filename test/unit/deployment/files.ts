import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const repository = join(import.meta.dirname, '../../..');

const catalog = z.object({
  name: z.string(),
  version: z.string(),
  upgrade_from: z.string(),
  minimum_rancher_version: z.string(),
  maintainer: z.string(),
  uuid: z.string(),
  questions: z.array(
    z.strictObject({
      variable: z.string(),
      label: z.string(),
      description: z.string(),
      type: z.string(),
      required: z.boolean(),
      default: z.string(),
      options: z.array(z.string()).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
  ),
});

/** The `.catalog` block of a rancher-compose.yml: what Rancher's catalog shows and asks. */
export type CatalogBlock = Readonly<z.infer<typeof catalog>>;

/** The absolute path of a file or folder of the repository. */
export function pathOf(path: string): string {
  return join(repository, path);
}

/** A file of the repository, as text. */
export function readText(path: string): string {
  return readFileSync(pathOf(path), 'utf8');
}

/** A JSON file of the repository, not yet checked. */
export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

/** A YAML file of the repository, not yet checked; read by the rules of YAML 1.1, which are Rancher's. */
export function readYaml(path: string): unknown {
  return parse(readText(path), { version: '1.1' });
}

/** The `.catalog` block of a rancher-compose.yml. Throws where a field is missing or is not a string although Rancher needs one. */
export function catalogBlock(path: string): CatalogBlock {
  return z.object({ '.catalog': catalog }).parse(readYaml(path))['.catalog'];
}
