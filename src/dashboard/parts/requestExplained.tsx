import type { ConsideredRoute, RequestExplanation, SentRequest } from '../../control/explainRequest.ts';
import { count } from '../../control/words.ts';
import { explainHref } from '../place.ts';
import { BackendExplained } from './backendExplanation.tsx';
import { Badge } from './badge.tsx';
import { Notice } from './notice.tsx';
import { Section } from './section.tsx';

/** What becomes of a request, step by step. */
export function RequestExplained({ explanation }: { readonly explanation: RequestExplanation }) {
  const { summary, forwarded, answer, hints, request, considered, unlisted, winner, sent, backend } =
    explanation;
  const tone = forwarded ? 'good' : answer?.status === 404 ? 'warning' : 'bad';
  const title = answer === null ? `Goes to ${winner?.service ?? ''}` : `Is answered ${answer.status}`;
  return (
    <>
      <Notice tone={tone} title={title}>
        <p>{summary}</p>
      </Notice>
      {hints.length > 0 && (
        <Section title="What may help">
          <ul class="sheet">
            {hints.map(({ service, text }) => (
              <li key={text}>
                {text} {service !== null && <a href={explainHref(service)}>Explain {service}</a>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <ol class="path">
        <li>
          <Section title="The request">
            <Request request={request} />
          </Section>
        </li>
        <li>
          <Section
            title="The routes"
            aside={
              considered.length === 0
                ? undefined
                : `${count(considered.length + unlisted, 'route')}, in this order`
            }
          >
            {considered.length === 0 ? (
              <p class="note">No route concerns this host.</p>
            ) : (
              <ol class="sheet lined">
                {considered.map((route, i) => (
                  <Considered key={i} route={route} />
                ))}
              </ol>
            )}
            {unlisted > 0 && <p class="note">… and {count(unlisted, 'more route')}.</p>}
          </Section>
        </li>
        {winner !== null && (
          <li>
            <Section title="The winner">
              <div class="sheet">
                <p>
                  <a href={explainHref(winner.service)}>{winner.service}</a>{' '}
                  {winner.segment !== null && <span class="dim">segment {winner.segment}</span>}{' '}
                  <span class="mono">{winner.route}</span>
                </p>
                {winner.reasons.map((reason) => (
                  <p key={reason}>{reason}</p>
                ))}
              </div>
            </Section>
          </li>
        )}
        {sent !== null && (
          <li>
            <Section title="What is sent on">
              <Sent sent={sent} />
            </Section>
          </li>
        )}
        {backend !== null && (
          <li>
            <Section title="The servers">
              <BackendExplained backend={backend} />
            </Section>
          </li>
        )}
        {answer !== null && (
          <li>
            <Section title="The answer">
              <div class="sheet">
                <p>
                  <Badge tone={tone}>{answer.status}</Badge> <span class="mono">{answer.text}</span>
                </p>
                {answer.why !== null && <p>{answer.why}</p>}
              </div>
            </Section>
          </li>
        )}
      </ol>
    </>
  );
}

function Request({ request }: { readonly request: RequestExplanation['request'] }) {
  const { method, target, host, path, headers } = request;
  return (
    <div class="sheet">
      <p class="mono">
        {method} {target}
      </p>
      <p>
        host <span class="mono">{host}</span>
      </p>
      {path !== null && path !== target && (
        <p>
          routes are matched by the path <span class="mono">{path}</span>
        </p>
      )}
      {headers.map((name) => (
        <p key={name}>
          header <span class="mono">{name}</span>
        </p>
      ))}
    </div>
  );
}

function Considered({
  route: { route, service, segment, priority, takes, tests },
}: {
  readonly route: ConsideredRoute;
}) {
  return (
    <li>
      <p>
        <Badge tone={takes ? 'good' : 'quiet'}>{takes ? 'takes it' : 'does not'}</Badge>
        <a href={explainHref(service)}>{service}</a>
        {segment !== null && <span class="dim">segment {segment}</span>}
        <span class="mono">{route}</span>
        {priority !== null && <span class="dim">priority {priority}</span>}
      </p>
      <ul class="tests">
        {tests.map(({ asks, passed, why }) => (
          <li key={asks}>
            <span class={passed ? 'yes' : 'no'}>{passed ? 'yes' : 'no'}</span>
            <span>
              {asks} {why !== null && <span class="dim">– {why}</span>}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

function Sent({ sent: { target, rewrite, forwardedPrefix, host } }: { readonly sent: SentRequest }) {
  return (
    <div class="sheet">
      <p class="mono">{target}</p>
      {rewrite.map((step) => (
        <p key={step}>{step}</p>
      ))}
      <p>Host: {host === null ? "the server's own address" : <span class="mono">{host}</span>}</p>
      {forwardedPrefix !== null && (
        <p>
          X-Forwarded-Prefix: <span class="mono">{forwardedPrefix}</span>
        </p>
      )}
    </div>
  );
}
