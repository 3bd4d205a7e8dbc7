import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const daysKept = 7;

const imageConfig = z.object({
  User: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  ExposedPorts: z.record(z.string(), z.unknown()),
  Labels: z.record(z.string(), z.string()),
  Healthcheck: z.object({ Test: z.array(z.string()) }),
});

/** What an engine would read from the image: the fields of Docker's image configuration that the tests look at. */
export type ImageConfig = Readonly<z.infer<typeof imageConfig>>;

/** A built image: its configuration and its unpacked file system, until `remove` is called. */
export interface BuiltImage {
  readonly config: ImageConfig;
  readonly rootDir: string;
  remove(): Promise<void>;
}

/** Throws when the test does not run as root, or when a tool that it needs is missing, naming the Debian package that has it. */
export async function requireTools(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error('test:image needs root: debootstrap and chroot refuse to work without it');
  }
  const packages = {
    debootstrap: 'debootstrap',
    buildah: 'buildah',
    unshare: 'util-linux',
    nsenter: 'util-linux',
  };
  const dirs = (process.env['PATH'] ?? '').split(delimiter);
  for (const [tool, debianPackage] of Object.entries(packages)) {
    const found = await Promise.all(dirs.map((dir) => isThere(join(dir, tool))));
    if (!found.includes(true)) {
      throw new Error(`test:image needs ${tool}: apt-get install ${debianPackage}`);
    }
  }
}

/**
 * Builds the Dockerfile in `contextDir` as an engine would, without an engine and without pulling anything: its base images are
 * made by debootstrap and committed under their names. Base file systems are kept for a week in the user's cache directory.
 */
export async function buildImage(contextDir: string): Promise<BuiltImage> {
  const workDir = await mkdtemp(join(tmpdir(), 'active-lb-image-'));
  const remove = () => rm(workDir, { recursive: true, force: true });
  try {
    const buildah = buildahIn(workDir);
    for (const suite of await debianSuites(join(contextDir, 'Dockerfile'))) {
      const container = await buildah('from', 'scratch');
      await buildah('add', '--quiet', container, await baseArchive(suite), '/');
      await buildah('commit', '--quiet', '--rm', '--format', 'docker', container, `debian:${suite}-slim`);
    }
    const image = ['--tag', 'active-lb:test'];
    // Only Docker's format has a place for HEALTHCHECK.
    const format = ['--format', 'docker', '--pull-never', '--isolation', 'chroot'];
    await buildah('build', ...format, ...(await npmMounts(workDir)), ...image, contextDir);
    const inspected = await buildah('inspect', '--type', 'image', 'active-lb:test');
    const { Docker } = z.object({ Docker: z.object({ config: imageConfig }) }).parse(JSON.parse(inspected));
    const rootDir = await buildah('mount', await buildah('from', '--pull-never', 'active-lb:test'));
    return { config: Docker.config, rootDir, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function buildahIn(workDir: string): (...args: readonly string[]) => Promise<string> {
  const store = [
    '--root',
    join(workDir, 'root'),
    '--runroot',
    join(workDir, 'run'),
    '--storage-driver',
    'vfs',
  ];
  return async (...args) => {
    const { stdout } = await run('buildah', [...store, ...args], { maxBuffer: 64e6 });
    return stdout.trim();
  };
}

/** The suites of the `FROM debian:<suite>-slim` lines; any other base could not be made here. */
async function debianSuites(dockerfile: string): Promise<readonly string[]> {
  const bases = [...(await readFile(dockerfile, 'utf8')).matchAll(/^FROM (\S+)/gm)].map((match) => match[1]!);
  return [...new Set(bases)].map((base) => {
    const suite = /^debian:([a-z]+)-slim$/.exec(base)?.[1];
    if (suite === undefined) throw new Error(`FROM ${base}: test:image can only make debian:<suite>-slim`);
    return suite;
  });
}

/** The archive of a base file system, made now unless the cache has a recent one. */
async function baseArchive(suite: string): Promise<string> {
  const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'active-lb');
  const archive = join(cacheDir, `debian-${suite}-slim.tar`);
  const age = await stat(archive).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  );
  if (age < daysKept * 86_400_000) return archive;
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(join(tmpdir(), `active-lb-${suite}-`));
  try {
    await run('debootstrap', ['--variant=minbase', suite, dir], { maxBuffer: 64e6 });
    await slim(dir);
    await run('tar', ['-C', dir, '-cf', `${archive}.new`, '.']);
    await rename(`${archive}.new`, archive);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return archive;
}

/** Does to a fresh Debian what makes `debian:<suite>-slim` out of it: no documentation, no package lists, dpkg without fsync. */
async function slim(dir: string): Promise<void> {
  const docs = ['doc', 'man', 'info', 'locale', 'groff', 'lintian'].map((name) => `/usr/share/${name}`);
  const leftovers = ['var/lib/apt/lists', 'var/cache/apt/archives', ...docs.map((path) => path.slice(1))];
  for (const path of leftovers) {
    await rm(join(dir, path), { recursive: true, force: true });
    await mkdir(join(dir, path), { recursive: true });
  }
  const excludes = docs.map((path) => `path-exclude ${path}/*\n`).join('');
  await writeFile(join(dir, 'etc/dpkg/dpkg.cfg.d/docker'), `${excludes}force-unsafe-io\n`);
}

/** Lends the build this machine's way to the npm registry (user configuration, certificates), which must not end in the image. */
async function npmMounts(workDir: string): Promise<readonly string[]> {
  const mounts: string[] = [];
  const userConfig = await readFile(await npmOption('userconfig'), 'utf8').catch(() => '');
  const lines = userConfig.split('\n').filter((line) => !/^\s*(cafile|registry)\s*=/.test(line));
  lines.push(`registry=${await npmOption('registry')}`);
  const authorities = [await npmOption('cafile'), process.env['NODE_EXTRA_CA_CERTS'] ?? 'null'];
  const cafile = authorities.find((path) => path !== 'null' && path !== '');
  if (cafile !== undefined) {
    lines.push('cafile=/run/npm-ca.crt');
    mounts.push('--volume', `${cafile}:/run/npm-ca.crt:ro`);
  }
  await writeFile(join(workDir, 'npmrc'), lines.join('\n'), { mode: 0o600 });
  return [...mounts, '--volume', `${join(workDir, 'npmrc')}:/root/.npmrc:ro`];
}

async function npmOption(name: string): Promise<string> {
  return (await run('npm', ['config', 'get', name])).stdout.trim();
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
