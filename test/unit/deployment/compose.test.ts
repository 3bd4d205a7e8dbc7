import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { catalogBlock, readJson, readText, readYaml } from './files.ts';

const service = z.object({
  image: z.string(),
  ports: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  environment: z.record(z.string(), z.string()),
});
const stack = z.object({ 'active-lb': service });

const extras = z.object({
  'active-lb': z.object({
    retain_ip: z.boolean(),
    health_check: z.record(z.string(), z.union([z.string(), z.number()])),
    upgrade_strategy: z.record(z.string(), z.union([z.number(), z.boolean()])),
  }),
});

const compose = stack.parse(readYaml('docker-compose.yml'))['active-lb'];
const rancher = extras.parse(readYaml('rancher-compose.yml'))['active-lb'];
const { questions } = catalogBlock('rancher-compose.yml');

/** What Rancher makes of the file when the stack is imported without answers: every question's default. */
function withDefaults(text: string): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const question = questions.find(({ variable }) => variable === name);
    assert.ok(question, `\${${name}} has a question`);
    return question.default;
  });
}

function defaultSeconds(name: string): number {
  return Number(/^(\d+)s$/.exec(withDefaults(compose.environment[name] ?? ''))?.[1]);
}

test('it runs once on every host that carries traefik_lb=true, and nowhere else', () => {
  assert.equal(compose.labels['io.rancher.scheduler.global'], 'true');
  const hostLabel = compose.labels['io.rancher.scheduler.affinity:host_label'];
  assert.equal(withDefaults(hostLabel ?? ''), 'traefik_lb=true');
});

test('by default a host publishes HTTP on 8080 and the admin server on 8000; only the host side can be moved', () => {
  assert.deepEqual(compose.ports, ['${http_port}:8080/tcp', '${admin_port}:8000/tcp']);
  assert.deepEqual(compose.ports.map(withDefaults), ['8080:8080/tcp', '8000:8000/tcp']);
  for (const moved of ['LB_HTTP_PORT', 'LB_ADMIN_PORT', 'LB_HTTP_BIND', 'LB_ADMIN_BIND']) {
    assert.ok(!(moved in compose.environment), `${moved} would leave the published port without a listener`);
  }
});

test('the image is this version, so that a forgotten bump cannot deploy the last one', () => {
  const { version } = z.object({ version: z.string() }).parse(readJson('package.json'));
  assert.equal(withDefaults(compose.image), `active-lb:${version}`);
  assert.match(readText('Dockerfile'), new RegExp(`image\\.version="${version.replaceAll('.', '\\.')}"`));
});

test('Rancher asks /ping on the admin port as its haproxy does: HTTP/1.0, without Host', () => {
  assert.equal(rancher.health_check['port'], 8000);
  assert.equal(rancher.health_check['request_line'], 'GET "/ping" "HTTP/1.0"');
});

test('an upgrade stops a host before it starts it again, one host after another: its ports cannot be shared', () => {
  assert.equal(rancher.retain_ip, true);
  assert.equal(rancher.upgrade_strategy['start_first'], false);
  assert.equal(rancher.upgrade_strategy['batch_size'], 1);
});

test('stop delay and grace period end before Docker kills the container after 10 s', () => {
  assert.ok(defaultSeconds('LB_STOP_DELAY') + defaultSeconds('LB_GRACE_PERIOD') < 10);
});

test('every ${variable} has a question, and every question is used: nothing is asked in vain', () => {
  const used = [...readText('docker-compose.yml').matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? '');
  assert.deepEqual(used.toSorted(), questions.map(({ variable }) => variable).toSorted());
});

test('variables are plain ${name}: Rancher 1.6 refuses ${name:-default} and the like', () => {
  for (const [dollar] of readText('docker-compose.yml').matchAll(/\$.{0,40}/g)) {
    assert.match(dollar, /^\$\{[a-z_]+\}/);
  }
});

test('both files are version 1 compose, and carry only keys that Rancher 1.6 accepts in a service', () => {
  const accepted = new Set([
    'image',
    'ports',
    'labels',
    'environment',
    'retain_ip',
    'health_check',
    'upgrade_strategy',
  ]);
  for (const file of ['docker-compose.yml', 'rancher-compose.yml']) {
    const content = z.record(z.string(), z.record(z.string(), z.unknown())).parse(readYaml(file));
    const { '.catalog': _, ...services } = content;
    assert.deepEqual(Object.keys(services), ['active-lb'], file);
    const unknown = Object.keys(services['active-lb'] ?? {}).filter((key) => !accepted.has(key));
    assert.deepEqual(unknown, [], file);
  }
});

test('the example stack is routed: it is enabled, names its port, and has the health check without which it gets no server', () => {
  const docker = z.object({ 'web-test': z.object({ labels: z.record(z.string(), z.string()) }) });
  const { labels } = docker.parse(readYaml('examples/web-test/docker-compose.yml'))['web-test'];
  const { scale, health_check: check } = z
    .object({ 'web-test': z.object({ scale: z.number(), health_check: z.object({ port: z.number() }) }) })
    .parse(readYaml('examples/web-test/rancher-compose.yml'))['web-test'];
  assert.equal(labels['traefik.enable'], 'true');
  assert.equal(labels['traefik.port'], String(check.port));
  assert.equal(scale, 3);
});
