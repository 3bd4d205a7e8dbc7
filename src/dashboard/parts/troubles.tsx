import type { Overview } from '../../admin/overview.ts';
import { count, durationWords, firstOf } from '../../control/words.ts';
import { post, type Answered } from '../answers.ts';
import { clockTime } from '../figures.ts';
import { connection, statistics } from '../live.ts';
import { Notice } from './notice.tsx';
import { Ago } from './time.tsx';

/** What should be known before anything on any page is relied on; nothing where all is well. */
export function Troubles({ overview: { value, error } }: { readonly overview: Answered<Overview> }) {
  if (connection.value.state === 'lost')
    return (
      <Notice tone="bad" title="This page has lost active-lb">
        <p>
          What you see is what was so <Ago at={connection.value.since} />. It is followed again by itself as
          soon as active-lb answers.
        </p>
      </Notice>
    );
  if (value === null)
    return error === null ? null : (
      <Notice tone="bad" title="There is no answer">
        <p>{error}</p>
      </Notice>
    );
  return (
    <>
      <NotReady overview={value} />
      <MetadataTrouble overview={value} />
      <Held overview={value} />
    </>
  );
}

interface TroubleProps {
  readonly overview: Overview;
}

function NotReady({ overview: { table, metadata } }: TroubleProps) {
  const reasons = statistics.value?.notReady ?? [];
  if (reasons.length === 0 && table !== null) return null;
  const error = metadata.lastError?.message ?? '';
  // Most often the reasons say it already.
  const isTold = table !== null || reasons.some((reason) => reason.includes(error));
  return (
    <Notice tone="bad" title="Not ready">
      {reasons.length === 0 && <p>No table is installed yet: metadata has not been read.</p>}
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {!isTold && <p class="error-text">{error}</p>}
    </Notice>
  );
}

function MetadataTrouble({ overview: { table, metadata } }: TroubleProps) {
  const { lastError, stale, fromState, lastSuccessAt } = metadata;
  // Without a table, what keeps it from being made is why we are not ready.
  if (table === null || (lastError === null && !stale && fromState === null)) return null;
  const age = ageWords(metadata);
  const title = stale
    ? 'Metadata is stale'
    : lastError === null
      ? 'From LB_STATE_DIR'
      : 'Metadata cannot be read';
  return (
    <Notice tone={stale ? 'bad' : 'warning'} title={title}>
      {fromState !== null && (
        <p>
          What is routed was stored by an earlier run; it was read from metadata <Ago at={fromState.readAt} />
          .
        </p>
      )}
      {fromState === null && lastSuccessAt !== null && (
        <p>
          What was read last stays routed{age === null ? '' : `: it is ${age} old`}. Changes since then are
          not known.
        </p>
      )}
      {lastError !== null && (
        <>
          <p class="error-text">{lastError.message}</p>
          <p class="dim">
            from {metadata.url}, <Ago at={lastError.at} />
          </p>
        </>
      )}
    </Notice>
  );
}

function Held({ overview }: TroubleProps) {
  const { held } = overview.metadata;
  if (held === null) return null;
  if (held.isReleased)
    return (
      <Notice tone="quiet" title="Released">
        <p>What was held goes live in a moment.</p>
      </Notice>
    );
  return (
    <Notice tone="warning" title="Held">
      <p>
        A refresh would remove most of the servers: of {count(held.serversBefore, 'server')},{' '}
        {held.serversAfter} would be left
        {held.servicesLost.length > 0 && <>, none of them of {firstOf(held.servicesLost)}</>}. It goes live at{' '}
        {clockTime(new Date(held.until))} if it stays so, or at once when you release it.
      </p>
      <p>
        <button type="button" onClick={() => void post('/api/release', '')}>
          Release now
        </button>
      </p>
    </Notice>
  );
}

/** By the statistics of this second, or by what was answered last. */
function ageWords(metadata: Overview['metadata']): string | null {
  const ageSeconds = statistics.value?.metadata.ageSeconds ?? metadata.ageSeconds;
  return ageSeconds === null ? null : durationWords(ageSeconds * 1_000);
}
