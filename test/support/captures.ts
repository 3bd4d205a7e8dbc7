import { readFileSync } from 'node:fs';
import type { MetadataVersion } from '../../src/demo/versions.ts';
import type { MetadataDocuments } from '../../src/demo/records.ts';

const ROOT = new URL('../fixtures/captures/', import.meta.url);

const capture = (version: MetadataVersion, name: string) =>
  JSON.parse(readFileSync(new URL(`${version}/${name}.json`, ROOT), 'utf8'));

/** A recorded response head and body. */
export function captureHttp(name: string): string {
  return readFileSync(new URL(`${name}.http`, ROOT), 'utf8');
}

/** All that was recorded of one version. */
export function captureAll(api: MetadataVersion): MetadataDocuments & { readonly version: string } {
  return {
    version: capture(api, 'version'),
    services: capture(api, 'services'),
    containers: capture(api, 'containers'),
    stacks: capture(api, 'stacks'),
    hosts: capture(api, 'hosts'),
    networks: capture(api, 'networks'),
  };
}
