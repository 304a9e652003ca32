/** Tells how current a view is, with Refresh and Pause, and says each change of the connection and of the total once. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useShortcuts } from '../lib/shortcuts.ts';
import type { Polled } from '../lib/use-poll.ts';
import { Age, Countdown, Time } from './time.tsx';

interface FreshnessProps {
  polled: Omit<Polled<unknown>, 'last' | 'replace'>;
  isPaused: boolean;
  onPause(isPaused: boolean): void;
  /** Said when it changes, such as `12 tasks`. */
  summary?: string | undefined;
}

export function Freshness({ polled, isPaused, onPause, summary }: FreshnessProps) {
  const { confirmedAt, failure, isFinal, nextAt, refresh } = polled;
  const togglePause = () => onPause(!isPaused);
  useShortcuts({ r: refresh, p: togglePause });
  const change = useChange(failure && `Not current: ${failure.message}`, summary);
  const isOld = failure !== undefined && confirmedAt !== undefined;
  // Without data, the view says what failed, and offers to try again.
  const isEmpty = failure !== undefined && confirmedAt === undefined;
  return (
    <div class="freshness">
      {!isEmpty && (
        <>
          <span class="freshness-state">
            <b class={failure ? 'is-old' : isPaused ? undefined : 'is-live'}>{stateOf(polled, isPaused)}</b>
            {confirmedAt !== undefined && (
              <span>
                confirmed <Time value={new Date(confirmedAt).toISOString()} /> (<Age time={confirmedAt} />)
              </span>
            )}
          </span>
          <span class="buttons">
            <button type="button" onClick={refresh}>
              {failure ? 'Try again' : 'Refresh'}
            </button>
            {!isFinal && (
              <button type="button" aria-pressed={isPaused} onClick={togglePause}>
                {isPaused ? 'Resume' : 'Pause'}
              </button>
            )}
          </span>
        </>
      )}
      <span role="status" class={isOld ? 'connection' : 'visually-hidden'}>
        {change === '' ? null : change}
      </span>
      {isOld && nextAt !== undefined && (
        <span>
          Next attempt in <Countdown time={nextAt} />
        </span>
      )}
    </div>
  );
}

function stateOf({ confirmedAt, failure, isFinal }: FreshnessProps['polled'], isPaused: boolean): string {
  if (failure) return 'Older data';
  if (confirmedAt === undefined) return 'Loading';
  if (isFinal) return 'Final';
  return isPaused ? 'Paused' : 'Live';
}

/** Returns what has changed last: the connection, or else the summary. An unchanged poll changes no text. */
function useChange(problem: string | undefined, summary: string | undefined): string {
  const [text, setText] = useState('');
  const said = useRef({ problem, summary });
  useEffect(() => {
    const before = said.current;
    said.current = { problem, summary: summary ?? before.summary };
    const parts = [
      problem === before.problem ? '' : (problem ?? 'Current again.'),
      summary === undefined || before.summary === undefined || summary === before.summary ? '' : summary,
    ];
    const change = parts.filter((part) => part !== '').join(' ');
    if (change !== '') setText(change);
  }, [problem, summary]);
  return text;
}
