import type { LabelEffect, LabelExplanation } from '../../control/explainLabels.ts';
import type { ServiceExplanation, ServiceRoute } from '../../control/explainService.ts';
import { REASON_WORDS } from '../../control/words.ts';
import { dryRunHref, serviceHref } from '../place.ts';
import { BackendExplained } from './backendExplanation.tsx';
import { Badge, StateBadge, type Tone } from './badge.tsx';
import { FindingView } from './finding.tsx';
import { Section } from './section.tsx';

const EFFECTS: Readonly<Record<LabelEffect, readonly [Tone, string]>> = {
  works: ['good', 'works'],
  'no-effect': ['quiet', 'no effect'],
  refuses: ['bad', 'refuses'],
  unknown: ['warning', 'unknown'],
  'not-supported': ['warning', 'not supported'],
};

/** How each label of a service was understood, and what the result is. */
export function ServiceExplained({ explanation }: { readonly explanation: ServiceExplanation }) {
  const { service, state, summary, labels, defaults, routes, backends, containers } = explanation;
  const told = new Set(labels.flatMap(({ findings }) => findings.map(({ message }) => message)));
  const others = explanation.findings.filter(({ message }) => !told.has(message));
  // The others stand at their backend.
  const idle = backends.length > 0 ? [] : containers;
  return (
    <>
      <h3 class="subject">
        {service} <StateBadge state={state} />
      </h3>
      <p>
        {summary} <a href={serviceHref(service)}>How it does now</a>,{' '}
        <a href={dryRunHref(service)}>try other labels</a>
      </p>
      {others.length > 0 && (
        <ul class="sheet lined">
          {others.map((finding) => (
            <li key={finding.message}>
              <FindingView finding={finding} />
            </li>
          ))}
        </ul>
      )}
      <Section title="Labels" aside={labels.length}>
        <ul class="sheet lined">
          {labels.map((label) => (
            <Label key={label.label} label={label} />
          ))}
        </ul>
      </Section>
      {defaults.length > 0 && (
        <Section title="What no label says">
          <ul class="sheet">
            {defaults.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Section>
      )}
      {routes.length > 0 && (
        <Section title="Routes" aside={routes.length}>
          <ul class="sheet lined">
            {routes.map((route, i) => (
              <Route key={i} route={route} asked={service} />
            ))}
          </ul>
        </Section>
      )}
      {backends.length > 0 && (
        <Section title="Servers">
          {backends.map((backend) => (
            <BackendExplained key={backend.id} backend={backend} />
          ))}
        </Section>
      )}
      {idle.length > 0 && (
        <Section title="Containers" aside={idle.length}>
          <ul class="sheet">
            {idle.map(({ name, reason }) => (
              <li key={name}>
                <span class="mono">{name}</span>{' '}
                {reason === null ? 'is eligible, but its service is not routed' : REASON_WORDS[reason]}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function Label({ label: { label, value, meaning, effect, findings } }: { readonly label: LabelExplanation }) {
  const [tone, words] = EFFECTS[effect];
  return (
    <li>
      <p class="mono">
        {label}={value}
      </p>
      <p>
        <Badge tone={tone}>{words}</Badge>
        {meaning !== null && <span>{effect === 'no-effect' ? `it says: ${meaning}` : meaning}</span>}
      </p>
      {findings.map((finding) => (
        <FindingView key={finding.message} finding={finding} />
      ))}
    </li>
  );
}

interface RouteProps {
  readonly route: ServiceRoute;
  /** The service that was asked about. */
  readonly asked: string;
}

function Route({ route: { route, service, segment, priority, rewrite, refusal }, asked }: RouteProps) {
  return (
    <li>
      <p>
        <span class="mono">{route}</span>
        {service !== asked && <span class="dim">of {service}, which shares the backend</span>}
        {segment !== null && <span class="dim">segment {segment}</span>}
        {priority !== null && <span class="dim">priority {priority}</span>}
        {rewrite.map((step) => (
          <span class="dim" key={step}>
            {step}
          </span>
        ))}
      </p>
      {refusal !== null && (
        <p>
          <Badge tone="bad">answers 503</Badge> {refusal}
        </p>
      )}
    </li>
  );
}
