import { useEffect, useRef, useState } from 'preact/hooks';
import type { DryRun } from '../../control/dryRun.ts';
import type { ServiceExplanation } from '../../control/explainService.ts';
import { post, useAnswer, type Answered } from '../answers.ts';
import { changesIn, editsOf, firstEdits, rebased, type LabelEdit } from '../labelEdits.ts';
import { Answer } from '../parts/answer.tsx';
import { DryRunResult } from '../parts/dryRunResult.tsx';
import { LabelEditor } from '../parts/labelEditor.tsx';
import { Notice } from '../parts/notice.tsx';
import { ServiceField } from '../parts/serviceField.tsx';
import { dryRunHref, explainHref, go, hrefWith, place } from '../place.ts';

/** What a change would do: what `POST /api/dry-run` answers. */
export function DryRunPage() {
  const { query } = place.value;
  const service = query.get('service') ?? '';
  const isMetadata = query.get('of') === 'metadata';
  const [taken, setTaken] = useState(0);
  const take = (chosen: string): void => {
    setTaken(taken + 1);
    if (chosen !== service) go(dryRunHref(chosen));
  };
  return (
    <>
      <h2 tabIndex={-1}>Dry run</h2>
      <p>
        {isMetadata
          ? 'What would be different if this were the metadata.'
          : 'What other labels would do, to their service and to others.'}{' '}
        Nothing of it is applied.
      </p>
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
          <ChooseService key={service} service={service} onTake={take} />
          {service !== '' && <LabelForm key={`${service} ${taken}`} service={service} />}
        </>
      )}
    </>
  );
}

interface ChooseServiceProps {
  readonly service: string;
  /** Its labels are wanted, as they are now. */
  readonly onTake: (service: string) => void;
}

function ChooseService({ service, onTake }: ChooseServiceProps) {
  const [chosen, choose] = useState(service);
  const show = (event: Event): void => {
    event.preventDefault();
    onTake(chosen.trim());
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
  const explained = useAnswer<ServiceExplanation>(`/api${explainHref(service)}`);
  const [edits, setEdits] = useState<readonly LabelEdit[] | null>(null);
  const { run, forget, answered, isRunning } = useDryRun();
  const { value, status } = explained;
  useEffect(() => {
    if (value !== null)
      setEdits((present) => (present === null ? editsOf(value.labels) : rebased(present, value.labels)));
    // It may be there all the same: only services that carry a label can be explained.
    else if (status === 404) setEdits((present) => present ?? firstEdits());
  }, [value, status]);
  const edit = (edited: readonly LabelEdit[]): void => {
    setEdits(edited);
    forget();
  };
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
        <LabelEditor edits={edits} onChange={edit} />
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
  const { run, forget, answered, isRunning } = useDryRun();
  const [mistake, setMistake] = useState<string | null>(null);
  const edit = (edited: string): void => {
    setText(edited);
    setMistake(null);
    forget();
  };
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
            onInput={({ currentTarget }) => edit(currentTarget.value)}
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
  /** What was answered, or is still to be, is not about what stands in the form any more. */
  readonly forget: () => void;
  /** Null: nothing was asked yet. */
  readonly answered: Answered<DryRun> | null;
  readonly isRunning: boolean;
}

function useDryRun(): Running {
  const [answered, setAnswered] = useState<Answered<DryRun> | null>(null);
  const [isRunning, setRunning] = useState(false);
  const asked = useRef(0);
  const forget = (): void => {
    asked.current++;
    setAnswered(null);
    setRunning(false);
  };
  const run = async (body: string): Promise<void> => {
    forget();
    const mine = asked.current;
    setRunning(true);
    const answer = await post<DryRun>('/api/dry-run', body);
    if (asked.current !== mine) return;
    setAnswered(answer);
    setRunning(false);
  };
  return { run, forget, answered, isRunning };
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
