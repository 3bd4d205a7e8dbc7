import {
  startMetadataServer,
  type MetadataServer,
  type MetadataServerOptions,
} from '../../src/demo/metadata.ts';
import { cleanup, type Lifetime } from './cleanup.ts';

/** A stand-in rancher-metadata that is closed when the test ends. `url` there has no version; `base` has the last one. */
export async function startStandIn(
  t: Lifetime,
  environment: MetadataServerOptions['environment'] = null,
): Promise<MetadataServer & { readonly base: string }> {
  const metadata = await startMetadataServer({ environment });
  cleanup(t, () => metadata.close());
  return { ...metadata, base: `${metadata.url}/2016-07-29` };
}
