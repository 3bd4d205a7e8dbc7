/** What wrk is made to do. */
export interface Workload {
  /** By which it is asked for on the command line. */
  readonly id: string;
  readonly name: string;
  readonly connections: number;
  readonly path: string;
  readonly fields?: readonly string[];
  /** A Lua script of `bench/wrk`, with its arguments. */
  readonly script?: readonly [string, ...string[]];
  /** Whether proxies that are far slower have to do it, too. */
  readonly isForAll?: boolean;
}

/** Hosts of the usual tables: those that `programs/metadata.ts` gives ten services. */
export const HOSTS: readonly string[] = Array.from(
  { length: 10 },
  (_, i) => `service-${i}.stack-0.example.local`,
);

/** What Chrome sends with a page of a site where somebody is logged in. */
const BROWSER: readonly string[] = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
  'Cache-Control: max-age=0',
  'Cookie: session=6f1c2d0e8b7a4953a1f0c4d2e7b89615; theme=dark; consent=necessary%2Cstatistics; seen=1718031600',
  'Referer: http://service-0.stack-0.example.local/orders?page=2',
  'Sec-Ch-Ua: "Chromium";v="126", "Not.A/Brand";v="24", "Google Chrome";v="126"',
  'Sec-Ch-Ua-Mobile: ?0',
  'Sec-Ch-Ua-Platform: "Linux"',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-User: ?1',
  'Upgrade-Insecure-Requests: 1',
];

const SMALL_GET: Workload = { id: 'small-get', name: 'small GET', connections: 64, path: '/' };

/** All but the first two differ from the first in one thing only. */
export const WORKLOADS: readonly [Workload, ...Workload[]] = [
  { ...SMALL_GET, isForAll: true },
  {
    ...SMALL_GET,
    id: 'browser-head',
    name: 'small GET with a browser’s fields',
    path: '/orders/4711',
    fields: BROWSER,
  },
  { ...SMALL_GET, id: '1k', name: 'GET of 1 KB', path: '/1k' },
  { ...SMALL_GET, id: '64k', name: 'GET of 64 KB', path: '/64k' },
  { ...SMALL_GET, id: '1m', name: 'GET of 1 MB', path: '/1m' },
  { ...SMALL_GET, id: 'post-1k', name: 'POST of 1 KB', script: ['post.lua', '1024'] },
  { ...SMALL_GET, id: '512-connections', name: 'small GET, 512 connections', connections: 512 },
  {
    ...SMALL_GET,
    id: 'new-connections',
    name: 'small GET, a new connection for each',
    fields: ['Connection: close'],
  },
];

/** A small GET to one of so many hosts of each of ten services, at random. */
export function manyHosts(hostsPerService: number): Workload {
  return {
    ...SMALL_GET,
    id: 'hosts',
    name: 'small GET to many hosts',
    script: ['hosts.lua', String(HOSTS.length), String(hostsPerService)],
  };
}
