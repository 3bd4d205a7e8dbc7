import { connection } from '../live.ts';
import { Badge, type Tone } from './badge.tsx';
import { Ago } from './time.tsx';

const STATES = {
  connecting: ['quiet', 'connecting…'],
  live: ['good', 'live'],
  lost: ['bad', 'connection lost'],
  resting: ['quiet', 'resting'],
} as const satisfies Record<typeof connection.value.state, readonly [Tone, string]>;

/** Whether what the page shows follows the daemon, and if not, since when. Said aloud when it changes. */
export function ConnectionState() {
  const { state, since } = connection.value;
  const [tone, words] = STATES[state];
  return (
    <div class="connection">
      <span role="status">
        <Badge tone={tone}>{words}</Badge>
      </span>
      {state === 'lost' && (
        <span class="dim">
          <Ago at={since} />; connecting again…
        </span>
      )}
    </div>
  );
}
