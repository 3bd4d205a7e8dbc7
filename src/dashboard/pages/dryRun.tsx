import { useEffect, useState } from 'preact/hooks';
import type { DryRun } from '../../control/dryRun.ts';
import type { ServiceExplanation } from '../../control/explainService.ts';
import { post, useAnswer, type Answered } from '../answers.ts';
import { changesIn, editsOf, firstEdits, type LabelEdit } from '../labelEdits.ts';
import { Answer } from '../parts/answer.tsx';
import { DryRunResult } from '../parts/dryRunResult.tsx';
import { LabelEditor } from '../parts/labelEditor.tsx';
import { Notice } from '../parts/notice.tsx';
import { ServiceField } from '../parts/serviceField.tsx';
import { go, hrefWith, place } from '../place.ts';

/** What a change would do: what `POST /api/dry-run` answers. */
export function DryRunPage() {
  const { query } = place.value;
  const service = query.get('service') ?? '';
  const isMetadata = query.get('of') === 'metadata';
  return (
    <>
      <h2 tabIndex={-1}>Dry run</h2>
      <p>What other labels would do, to this service and to others. Nothing of it is applied.</p>
      <nav class="choices" aria-label="What to try">
        <a href={hrefWith({ of: null })} aria-current={isMetadata ? undefined : 'true'}>
          Labels of a service
        </a>
        <a href={hrefWith({ of: 'metadata' })} aria-current={isMetadata ? 'true' : undefined}>
          Whole metadata
        </a>
      </nav>
      {isMetadata ? (
        <MetadataForm />
      ) : (
        <>
          <ChooseService key={service} service={service} />
          {service !== '' && <LabelForm key={service} service={service} />}
        </>
      )}
    </>
  );
}

function ChooseService({ service }: { readonly service: string }) {
  const [chosen, choose] = useState(service);
  const show = (event: Event): void => {
    event.preventDefault();
    go(`/dry-run?${new URLSearchParams({ service: chosen.trim() }).toString()}`);
  };
  return (
    <form class="sheet question" aria-label="Choose a service" onSubmit={show}>
      <div class="fields">
        <ServiceField value={chosen} onInput={choose} />
        <button class="light">Take its labels</button>
      </div>
    </form>
  );
}

function LabelForm({ service }: { readonly service: string }) {
  const explained = useAnswer<ServiceExplanation>(
    `/api/explain?${new URLSearchParams({ service }).toString()}`,
  );
  const [edits, setEdits] = useState<readonly LabelEdit[] | null>(null);
  const { run, answered, isRunning } = useDryRun();
  const { value, status } = explained;
  useEffect(() => {
    if (edits !== null) return;
    if (value !== null) setEdits(editsOf(value.labels));
    // It may be there all the same: only services that carry a label can be explained.
    else if (status === 404) setEdits(firstEdits());
  }, [value, status]);
  if (edits === null) return <Answer answered={explained}>{() => null}</Answer>;
  const changes = changesIn(edits);
  const isUnchanged = Object.keys(changes).length === 0;
  const ask = (event: Event): void => {
    event.preventDefault();
    void run(JSON.stringify({ service, labels: changes }));
  };
  return (
    <>
      <form class="sheet question" aria-label={`Labels of ${service}`} onSubmit={ask}>
        <LabelEditor edits={edits} onChange={setEdits} />
        <button disabled={isRunning}>{isRunning ? 'Working it out…' : 'Try it'}</button>
        {isUnchanged && <span class="dim">Nothing is changed yet.</span>}
      </form>
      <Outcome answered={answered} />
    </>
  );
}

const EXAMPLE = '{ "services": [ … ], "hosts": [ … ], "self": { … } }';

function MetadataForm() {
  const [text, setText] = useState('');
  const { run, answered, isRunning } = useDryRun();
  const [mistake, setMistake] = useState<string | null>(null);
  const ask = (event: Event): void => {
    event.preventDefault();
    try {
      JSON.parse(text);
      setMistake(null);
    } catch (error) {
      setMistake(error instanceof Error ? error.message : 'this is no JSON');
      return;
    }
    void run(text);
  };
  return (
    <>
      <form class="sheet question" aria-label="Whole metadata" onSubmit={ask}>
        <label class="field all">
          What rancher-metadata would answer at /latest, as JSON; at most 1 MB
          <textarea
            rows={12}
            required
            class="mono"
            value={text}
            placeholder={EXAMPLE}
            spellcheck={false}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <button disabled={isRunning}>{isRunning ? 'Working it out…' : 'Try it'}</button>
      </form>
      {mistake !== null && (
        <Notice tone="bad" title="This is no JSON">
          <p>{mistake}</p>
        </Notice>
      )}
      <Outcome answered={answered} />
    </>
  );
}

interface Running {
  readonly run: (body: string) => Promise<void>;
  /** Null: nothing was asked yet. */
  readonly answered: Answered<DryRun> | null;
  readonly isRunning: boolean;
}

function useDryRun(): Running {
  const [answered, setAnswered] = useState<Answered<DryRun> | null>(null);
  const [isRunning, setRunning] = useState(false);
  const run = async (body: string): Promise<void> => {
    setRunning(true);
    setAnswered(await post<DryRun>('/api/dry-run', body));
    setRunning(false);
  };
  return { run, answered, isRunning };
}

function Outcome({ answered }: { readonly answered: Answered<DryRun> | null }) {
  return (
    <div class="answer" role="status">
      {answered !== null && (
        <Answer answered={answered}>{(dryRun) => <DryRunResult dryRun={dryRun} />}</Answer>
      )}
    </div>
  );
}
