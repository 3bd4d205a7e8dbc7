/** What is asked of a request, as the fields of the form on the page Explain and as parameters of `/api/explain`. */
export interface Question {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  /** Lines of `Name: value`. */
  readonly header: string;
}

/** Reads what was typed as a host: a whole URL is taken apart, so that one can be pasted. */
export function questionFrom(typed: string, others: Omit<Question, 'host'>): Question {
  const url = /^\s*[a-z][a-z\d+.-]*:\/\/([^/?#\s]+)([^#\s]*)/i.exec(typed);
  if (url !== null) {
    const [, host = '', target = ''] = url;
    return { ...others, host, path: target.startsWith('/') ? target : `/${target}` };
  }
  // A host with a path or a query, as people copy it from a list.
  const bare = /^\s*([^/?#\s]+)([/?][^#\s]*)\s*$/.exec(typed);
  if (bare === null) return { ...others, host: typed.trim() };
  const [, host = '', target = ''] = bare;
  return { ...others, host, path: target.startsWith('/') ? target : `/${target}` };
}

/** The parameters that ask it; what is blank is left out. */
export function parametersOf({ host, path, method, header }: Question): URLSearchParams {
  const parameters = new URLSearchParams({ host });
  if (path.trim() !== '') parameters.set('path', path.trim());
  if (method !== 'GET') parameters.set('method', method);
  for (const line of header.split('\n')) if (line.trim() !== '') parameters.append('header', line.trim());
  return parameters;
}

/** The fields that such parameters fill. */
export function questionIn(parameters: URLSearchParams): Question {
  return {
    host: parameters.get('host') ?? '',
    path: parameters.get('path') ?? '',
    method: (parameters.get('method') ?? 'GET').toUpperCase(),
    header: parameters.getAll('header').join('\n'),
  };
}
