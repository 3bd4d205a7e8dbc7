import { useState } from 'preact/hooks';
import type { RequestExplanation } from '../../control/explainRequest.ts';
import type { ServiceExplanation } from '../../control/explainService.ts';
import { useAnswer } from '../answers.ts';
import { Answer } from '../parts/answer.tsx';
import { RequestExplained } from '../parts/requestExplained.tsx';
import { ServiceExplained } from '../parts/serviceExplained.tsx';
import { ServiceField } from '../parts/serviceField.tsx';
import { go, place } from '../place.ts';
import { parametersOf, questionFrom, questionIn, type Question } from '../question.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Why a request is routed as it is, or how a service's labels were understood: what `/api/explain` answers. */
export function ExplainPage() {
  const query = place.value.query.toString();
  const asked = place.value.query.has('host') || place.value.query.has('service');
  return (
    <>
      <h2 tabIndex={-1}>Explain</h2>
      <div class="asking">
        <RequestForm key={`request ${query}`} />
        <ServiceForm key={`service ${query}`} />
      </div>
      {asked && <Explanation key={query} query={query} />}
    </>
  );
}

function Explanation({ query }: { readonly query: string }) {
  const path = `/api/explain?${query}`;
  const answered = useAnswer<RequestExplanation | ServiceExplanation>(path);
  return (
    <div class="answer">
      <Answer answered={answered}>
        {(explanation) =>
          'service' in explanation ? (
            <ServiceExplained explanation={explanation} />
          ) : (
            <RequestExplained explanation={explanation} />
          )
        }
      </Answer>
      <p class="note">
        <a href={path}>This as JSON</a>
      </p>
    </div>
  );
}

function RequestForm() {
  const [question, setQuestion] = useState<Question>(questionIn(place.value.query));
  const change = (changes: Partial<Question>): void => setQuestion({ ...question, ...changes });
  const ask = (event: Event): void => {
    event.preventDefault();
    const { host, ...others } = question;
    go(`/explain?${parametersOf(questionFrom(host, others)).toString()}`);
  };
  return (
    <form class="sheet question" aria-labelledby="ask-request" onSubmit={ask}>
      <h3 id="ask-request">Why is a request routed as it is?</h3>
      <div class="fields">
        <label class="field wide">
          URL or host
          <input
            name="host"
            required
            value={question.host}
            placeholder="http://web.example.com/path"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => change({ host: currentTarget.value })}
          />
        </label>
        <label class="field">
          Path
          <input
            name="path"
            value={question.path}
            placeholder="/"
            autocapitalize="off"
            spellcheck={false}
            onInput={({ currentTarget }) => change({ path: currentTarget.value })}
          />
        </label>
        <label class="field narrow">
          Method
          <select
            name="method"
            value={question.method}
            onChange={({ currentTarget }) => change({ method: currentTarget.value })}
          >
            {[...new Set([...METHODS, question.method])].map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        </label>
        <details class="field all" open={question.header !== ''}>
          <summary>Header fields</summary>
          <label class="field">
            One on each line, as Name: value
            <textarea
              name="header"
              rows={3}
              value={question.header}
              spellcheck={false}
              onInput={({ currentTarget }) => change({ header: currentTarget.value })}
            />
          </label>
        </details>
      </div>
      <button>Explain the request</button>
    </form>
  );
}

function ServiceForm() {
  const [service, setService] = useState(place.value.query.get('service') ?? '');
  const ask = (event: Event): void => {
    event.preventDefault();
    go(`/explain?${new URLSearchParams({ service: service.trim() }).toString()}`);
  };
  return (
    <form class="sheet question" aria-labelledby="ask-service" onSubmit={ask}>
      <h3 id="ask-service">How was a service understood?</h3>
      <div class="fields">
        <ServiceField value={service} onInput={setService} />
      </div>
      <button>Explain the service</button>
    </form>
  );
}
