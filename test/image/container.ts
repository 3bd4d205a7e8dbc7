import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { BuiltImage } from './builder.ts';

/** How a command ended: exit code (or the signal that ended it) and what it printed. */
export interface Outcome {
  readonly code: number | NodeJS.Signals;
  readonly output: string;
}

/** A running container: PID 1 of its own PID namespace, in the image's file system, as the image's user. */
export interface Container {
  /** Runs a command beside PID 1, as `docker exec` and HEALTHCHECK do. */
  exec(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Sends a signal to PID 1 from outside, as an engine does. */
  signal(signal: NodeJS.Signals): void;
  /** Ends PID 1 and all that it started, at once; does nothing when it has ended. */
  remove(): void;
  /** Resolves when PID 1 has ended. */
  readonly ended: Promise<Outcome>;
}

/**
 * Refuses, with EPERM as Docker 17.03 does, every system call that its seccomp profile does not know: all that are newer than
 * pwritev2 (x86-64 numbers), and a few before it. Written for the image's own perl, so that the filter stands before Node starts.
 */
const underDocker1703 = `
  my @deny = (320, 321, 323, 324);
  my @code = ([0x20, 0, 0, 0], [0x35, scalar @deny + 1, 0, 327]);
  push @code, [0x15, @deny - $_, 0, $deny[$_]] for 0 .. $#deny;
  push @code, [0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050001];
  my $filter = join "", map { pack "SCCL", @$_ } @code;
  syscall(157, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
  syscall(157, 22, 2, pack("Sx6P", scalar @code, $filter)) == 0 or die "seccomp: $!";
  exec @ARGV or die "exec: $!";
`;

// exec all the way down: what the entrypoint names is PID 1, as under an engine.
const enter = `
  root=$0 user=$1 filter=$2; shift 2
  mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
  exec chroot --userspec="$user" --groups= "$root" perl -e "$filter" -- "$@"
`;

/** Starts the image's entrypoint as an engine of Rancher 1.6's time would: image user, image environment plus `env`, old seccomp profile. */
export async function startContainer(
  image: BuiltImage,
  env: Readonly<Record<string, string>>,
): Promise<Container> {
  if (process.arch !== 'x64') throw new Error('the system call numbers of this test are those of x86-64');
  const { User, Entrypoint, Env } = image.config;
  const imageEnv = { ...Object.fromEntries(Env.map(assignment)), ...env };
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
  const args = [...namespaces, 'sh', '-c', enter, image.rootDir, User, underDocker1703, ...Entrypoint];
  const unshare = spawn('unshare', args, { env: imageEnv, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = outcomeOf(unshare);
  await once(unshare, 'spawn');
  const pid = await firstChild(unshare);
  return {
    ended,
    signal: (signal) => void process.kill(pid, signal),
    // unshare itself waits through SIGTERM; --kill-child takes PID 1 along.
    remove: () => void unshare.kill('SIGKILL'),
    exec: (command, more = {}) => {
      const [uid, gid] = User.split(':');
      const join = ['--target', String(pid), '--mount', '--pid', '--root', '--wd'];
      const user = ['--setuid', uid!, '--setgid', gid!];
      const execEnv = { ...imageEnv, ...more };
      return outcomeOf(
        spawn('nsenter', [...join, ...user, '--', ...command], { env: execEnv, timeout: 20_000 }),
      );
    },
  };
}

function assignment(line: string): [string, string] {
  const [name, ...value] = line.split('=');
  return [name!, value.join('=')];
}

/** The process that unshare forked, by its number outside the namespace. */
async function firstChild(parent: ChildProcess): Promise<number> {
  while (parent.exitCode === null && parent.signalCode === null) {
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8');
    if (children !== '') return Number.parseInt(children, 10);
  }
  throw new Error('unshare ended before the container began');
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const code = new Promise<Outcome['code']>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(exit ?? signal ?? 'SIGKILL'));
  });
  const printed = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await code, output: printed.join('') };
}
