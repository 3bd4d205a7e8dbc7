import { explainRequest, type RequestExplanation } from '../control/explainRequest.ts';
import { explainService, noSuchService, type ServiceExplanation } from '../control/explainService.ts';
import { readQuestion } from '../control/explainQuestion.ts';
import { NO_CONDITIONS, type Conditions } from '../control/conditions.ts';
import type { Derivation } from '../model/derivation.ts';

/** The answer to a question about a request or a service, or what is wrong with the question. */
export type Explained =
  | { readonly kind: 'request'; readonly explanation: RequestExplanation }
  | { readonly kind: 'service'; readonly explanation: ServiceExplanation }
  | {
      readonly kind: 'mistake';
      readonly status: 400 | 404;
      /** For scripts. */
      readonly code: string;
      /** Says what would be right. */
      readonly message: string;
    };

/** What is installed, and how its servers and backends fare. */
interface Explainable {
  readonly derivation: Derivation;
  readonly conditions?: Conditions;
}

/** Parameters; only a header may be given more than once. */
const PARAMETERS: ReadonlySet<string> = new Set(['host', 'path', 'method', 'header', 'service']);

const FORMS =
  'ask about a request, ?host=web.example.com&path=/&method=GET (path, method and header=Name: value are optional), or about a service, ?service=stack/name';

/** Answers what a query asks. A blank parameter counts as absent, since forms send every field. */
export function explain(
  { derivation, conditions = NO_CONDITIONS }: Explainable,
  query: URLSearchParams,
): Explained {
  const mistake = misuse(query);
  if (mistake !== null) return wrong('bad-question', mistake);
  const [host, service] = [given(query, 'host'), given(query, 'service')];
  if ((host === null) === (service === null)) {
    const which = host === null ? 'neither host nor service is given' : 'both host and service are given';
    return wrong('bad-question', `${which}; ${FORMS}`);
  }
  if (service !== null) {
    const explanation = explainService(derivation, service, conditions);
    return explanation === null
      ? {
          kind: 'mistake',
          status: 404,
          code: 'no-such-service',
          message: `${noSuchService(service, derivation.services)}; /api/services lists those that do`,
        }
      : { kind: 'service', explanation };
  }
  const request = readQuestion({
    host: host ?? '',
    path: given(query, 'path'),
    method: given(query, 'method'),
    fields: query.getAll('header').filter((field) => field.trim() !== ''),
  });
  return 'mistake' in request
    ? wrong('bad-request', request.mistake)
    : { kind: 'request', explanation: explainRequest(derivation, request, conditions) };
}

function wrong(code: string, message: string): Explained {
  return { kind: 'mistake', status: 400, code, message };
}

function given(query: URLSearchParams, name: string): string | null {
  const value = query.get(name)?.trim() ?? '';
  return value === '' ? null : value;
}

function misuse(query: URLSearchParams): string | null {
  const unknown = [...query.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    return `there is no parameter ${JSON.stringify(unknown.slice(0, 50))}; there are ${[...PARAMETERS].join(', ')}`;
  const repeated = [...PARAMETERS].find((name) => name !== 'header' && query.getAll(name).length > 1);
  return repeated === undefined ? null : `${repeated} is given more than once; only header may be`;
}
