import { useEffect, useState } from 'preact/hooks';
import type { HdpFigures } from '../api-types.ts';
import { Freshness } from '../components/freshness.tsx';
import { FailureNotice, Notice } from '../components/notice.tsx';
import { navigate } from '../lib/location.ts';
import { usePoll } from '../lib/use-poll.ts';
import { Hatch } from './bars.tsx';
import { CreatedFigures } from './created-figures.tsx';
import { figuresHref, figuresPath, rangesWith, rangeWords, readFiguresState } from './figures-state.ts';
import { parseFigures } from './responses.ts';
import { StageFigures } from './stage-figures.tsx';
import { StatusFigures } from './status-figures.tsx';

export function FiguresPage({ query }: { query: URLSearchParams }) {
  const state = readFiguresState(query);
  const [isPaused, setPaused] = useState(false);
  const polled = usePoll({ path: figuresPath(state), parse: parseFigures, isPaused });
  useEffect(() => {
    document.title = 'Figures of HDP tasks';
  }, []);
  const { last, failure } = polled;
  return (
    <>
      <h1>Figures</h1>
      <div class="toolbar">
        <label>
          Time{' '}
          <select value={figuresHref(state)} onChange={({ currentTarget }) => navigate(currentTarget.value)}>
            {rangesWith(state).map((range) => (
              <option key={figuresHref(range)} value={figuresHref(range)}>
                {rangeWords(range)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Freshness polled={polled} isPaused={isPaused} onPause={setPaused} />
      {last && <Figures figures={last.data} />}
      {!last && failure && <FailureNotice failure={failure} nextAt={polled.nextAt} retry={polled.refresh} />}
      {!last && !failure && <p class="loading">Loading the figures…</p>}
    </>
  );
}

function Figures({ figures: { total, statuses, created, stages } }: { figures: HdpFigures }) {
  return (
    <>
      <Hatch />
      {total === 0 && (
        <Notice title="No tasks yet">
          <p>
            All figures are 0. <a href="/?view=create">Create a task</a>
          </p>
        </Notice>
      )}
      <CreatedFigures created={created} />
      <div class="figure-halves">
        <StatusFigures total={total} statuses={statuses} />
        <StageFigures stages={stages} />
      </div>
    </>
  );
}
