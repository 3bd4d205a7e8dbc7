import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { cpuQuota, usableCores, type CgroupPaths } from '../../src/cores.ts';

/** Files as Linux has them: `self`, and others below the mount. */
function cgroups(t: TestContext, self: string, files: Readonly<Record<string, string>> = {}): CgroupPaths {
  const root = mkdtempSync(join(tmpdir(), 'cgroups-'));
  t.after(() => rmSync(root, { recursive: true }));
  const paths = { self: join(root, 'self'), mount: join(root, 'mount') };
  writeFileSync(paths.self, self);
  for (const [name, content] of Object.entries(files)) {
    const path = join(paths.mount, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return paths;
}

suite('the cores that a process may use', () => {
  test('are all where no group limits them', (t) => {
    assert.equal(usableCores(8, cgroups(t, '0::/a\n', { 'a/cpu.max': 'max 100000\n' })), 8);
    assert.equal(
      usableCores(
        8,
        cgroups(t, '4:cpu:/a\n', { 'cpu/a/cpu.cfs_quota_us': '-1\n', 'cpu/a/cpu.cfs_period_us': '100000\n' }),
      ),
      8,
    );
    assert.equal(usableCores(8, cgroups(t, '')), 8);
    assert.equal(usableCores(8, { self: '/nowhere/self', mount: '/nowhere' }), 8);
  });

  test('are as many as the CPU time of its group allows, rounded up, of version 2', (t) => {
    assert.equal(
      usableCores(8, cgroups(t, '0::/docker/abc\n', { 'docker/abc/cpu.max': '250000 100000\n' })),
      3,
    );
    assert.equal(usableCores(8, cgroups(t, '0::/\n', { 'cpu.max': '400000 100000\n' })), 4);
    assert.equal(usableCores(2, cgroups(t, '0::/\n', { 'cpu.max': '400000 100000\n' })), 2);
  });

  test('are at least one', (t) => {
    assert.equal(usableCores(8, cgroups(t, '0::/\n', { 'cpu.max': '5000 100000\n' })), 1);
    assert.equal(usableCores(0, cgroups(t, '')), 1);
  });

  test('are what the narrowest of the groups above it allows', (t) => {
    const paths = cgroups(t, '0::/a/b/c\n', {
      'a/cpu.max': '150000 100000',
      'a/b/cpu.max': '600000 100000',
      'a/b/c/cpu.max': 'max 100000',
    });
    assert.equal(cpuQuota(paths), 1.5);
    assert.equal(usableCores(8, paths), 2);
  });

  test('are what version 1 allows, however its directory is called', (t) => {
    const quota = { 'cpu.cfs_quota_us': '300000\n', 'cpu.cfs_period_us': '100000\n' };
    const below = (directory: string) =>
      Object.fromEntries(Object.entries(quota).map(([name, text]) => [join(directory, name), text]));
    const self = '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n';
    assert.equal(usableCores(8, cgroups(t, self, below('cpu,cpuacct/docker/abc'))), 3);
    assert.equal(
      usableCores(8, cgroups(t, self.replace('cpu,cpuacct', 'cpuacct,cpu'), below('cpu/docker/abc'))),
      3,
    );
    // Inside a container its own group is the root of what it sees, though the path is the host's.
    assert.equal(usableCores(8, cgroups(t, self, below('cpu,cpuacct'))), 3);
    assert.equal(usableCores(8, cgroups(t, self, below('memory/docker/abc'))), 8);
  });

  test('are what version 2 allows beside version 1, and the less of both', (t) => {
    const self = '1:cpu:/a\n0::/b\n';
    const v1 = { 'cpu/a/cpu.cfs_quota_us': '300000', 'cpu/a/cpu.cfs_period_us': '100000' };
    assert.equal(cpuQuota(cgroups(t, self, { ...v1, 'unified/b/cpu.max': '200000 100000' })), 2);
    assert.equal(cpuQuota(cgroups(t, self, { ...v1, 'unified/b/cpu.max': '400000 100000' })), 3);
  });

  test('are not counted by files that say nothing', (t) => {
    for (const text of ['', 'nonsense', '100000', '100000 0', '-5 100000'])
      assert.equal(cpuQuota(cgroups(t, '0::/\n', { 'cpu.max': text })), Infinity, text);
  });
});
