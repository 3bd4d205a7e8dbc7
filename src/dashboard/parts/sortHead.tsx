import type { ComponentChildren } from 'preact';
import type { Order } from '../list.ts';
import { hrefWith } from '../place.ts';

interface SortHeadProps<C extends string> {
  readonly column: C;
  readonly order: Order<C>;
  /** Numbers are most often wanted largest first. */
  readonly isNumber?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** The head of a column that sorts the table (the parameter `sort`); once more, and it sorts backwards. */
export function SortHead<C extends string>(props: SortHeadProps<C>) {
  const { column, order, isNumber = false, children } = props;
  const isThis = order.column === column;
  const isNextDescending = isThis ? !order.isDescending : isNumber;
  return (
    <th
      scope="col"
      class={`${isNumber ? 'number' : ''} ${props.class ?? ''}`}
      aria-sort={isThis ? (order.isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <a href={hrefWith({ sort: `${isNextDescending ? '-' : ''}${column}` })}>
        {children}
        <span aria-hidden="true">{isThis ? (order.isDescending ? ' ↓' : ' ↑') : ''}</span>
      </a>
    </th>
  );
}
