import { place } from '../place.ts';

/** Somebody has followed a link that leads nowhere. */
export function NotFoundPage() {
  return (
    <>
      <h2 tabIndex={-1}>There is no such page</h2>
      <p>
        Nothing stands at <code>{place.value.path}</code>. A service is at <code>/services/STACK/NAME</code>,
        an install at <code>/history/ID</code>.
      </p>
    </>
  );
}
