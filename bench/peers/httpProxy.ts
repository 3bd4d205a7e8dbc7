import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PROXY_CORE } from '../cores.ts';
import { startProgram } from '../processes.ts';
import type { Peer } from './peer.ts';

const PACKAGE = createRequire(import.meta.url).resolve('http-proxy/package.json');

export const HTTP_PROXY: Peer = {
  name: 'http-proxy',
  source: 'the npm package "http-proxy"',
  version: JSON.parse(readFileSync(PACKAGE, 'utf8')).version,
  configuration: '../programs/httpProxy.ts',
  isSlow: true,
  async start(site) {
    const { process, ready } = await startProgram('httpProxy', [String(site.backendPort)], PROXY_CORE);
    return { name: 'http-proxy', port: Number(ready['port']), process };
  },
};
