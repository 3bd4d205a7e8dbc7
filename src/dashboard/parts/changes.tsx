import type { Change } from '../../routing/diff.ts';
import { count } from '../../control/words.ts';
import { serviceHref } from '../place.ts';
import { Section } from './section.tsx';

interface ChangesProps {
  readonly changes: readonly Change[];
  /** How many there are besides. */
  readonly more: number;
}

const WHATS = [
  ['route', 'Routes'],
  ['server', 'Servers'],
  ['finding', 'Findings'],
] as const;

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;

/** What differs: routes, then servers, then findings. */
export function Changes({ changes, more }: ChangesProps) {
  return (
    <>
      {WHATS.map(([what, title]) => {
        const these = changes.filter((change) => change.what === what);
        return these.length === 0 ? null : (
          <Section key={what} title={title} aside={kindWords(these)}>
            <ul class="sheet changes">
              {these.map((change, i) => (
                <ChangeLine key={i} change={change} />
              ))}
            </ul>
          </Section>
        );
      })}
      {more > 0 && <p class="note">{count(more, 'more change')} not shown.</p>}
    </>
  );
}

function ChangeLine({ change: { kind, service, text } }: { readonly change: Change }) {
  return (
    <li class={kind}>
      <span class="change-sign" aria-hidden="true">
        {SIGNS[kind]}
      </span>
      <span>
        <span class="unseen">{kind}: </span>
        <ChangeText text={text.slice(2)} service={service} />
      </span>
    </li>
  );
}

/** The words of a change, with the service that they name as a link. */
function ChangeText({ text, service }: { readonly text: string; readonly service: string }) {
  const link = <a href={serviceHref(service)}>{service}</a>;
  const at = text.indexOf(service);
  if (at === -1)
    return (
      <>
        {text} {link}
      </>
    );
  return (
    <>
      {text.slice(0, at)}
      {link}
      {text.slice(at + service.length)}
    </>
  );
}

/** `2 added, 1 removed`. */
function kindWords(changes: readonly Change[]): string {
  return (['added', 'removed', 'changed'] as const)
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');
}
