/** Tells how current a view is, with Refresh and Pause, and says each change of the connection once. */
import type { Polled } from '../lib/use-poll.ts';
import { Age, Time } from './time.tsx';

interface FreshnessProps {
  polled: Pick<Polled<unknown>, 'confirmedAt' | 'failure' | 'isLoading' | 'refresh'>;
  isPaused: boolean;
  onPause(isPaused: boolean): void;
}

export function Freshness({ polled, isPaused, onPause }: FreshnessProps) {
  const { confirmedAt, failure, refresh } = polled;
  return (
    <div class="freshness">
      {confirmedAt === undefined ? (
        <span>Not confirmed yet</span>
      ) : (
        <span>
          Confirmed <Time value={new Date(confirmedAt).toISOString()} /> (<Age time={confirmedAt} />)
        </span>
      )}
      <button type="button" onClick={refresh}>
        Refresh
      </button>
      <button type="button" aria-pressed={isPaused} onClick={() => onPause(!isPaused)}>
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      <span role="status" class="connection">
        {failure && confirmedAt !== undefined ? `Not current: ${failure.message}` : ''}
      </span>
    </div>
  );
}
