/** What to do where no service carries a label. */
export function Empty() {
  return (
    <section class="empty" aria-labelledby="empty">
      <h3 id="empty">No service is labelled yet</h3>
      <p>
        Give a service of any stack these labels and a health check, and its healthy containers receive
        requests:
      </p>
      <div class="examples">
        <figure>
          <figcaption>docker-compose.yml</figcaption>
          <pre tabIndex={0}>
            <code>{COMPOSE}</code>
          </pre>
        </figure>
        <figure>
          <figcaption>rancher-compose.yml</figcaption>
          <pre tabIndex={0}>
            <code>{RANCHER}</code>
          </pre>
        </figure>
      </div>
      <p>
        It is then reachable as <code>web-test.&lt;stack&gt;.example.com</code>, on the port of the entrypoint
        above. This page will show it by itself.
      </p>
    </section>
  );
}

const COMPOSE = `web-test:
  image: rawmind/web-test
  labels:
    traefik.enable: 'true'
    traefik.domain: example.com
    traefik.port: '8080'`;

const RANCHER = `web-test:
  scale: 3
  health_check:
    port: 8080
    request_line: GET / HTTP/1.0
    interval: 2000
    response_timeout: 2000
    healthy_threshold: 2
    unhealthy_threshold: 3`;
