import { useState } from 'preact/hooks';
import type { HdpDetails } from '../api-types.ts';
import { Freshness } from '../components/freshness.tsx';
import { FailureNotice } from '../components/notice.tsx';
import { StatusMark, shapeOf } from '../components/status-mark.tsx';
import { useShortcuts } from '../lib/shortcuts.ts';
import { usePoll } from '../lib/use-poll.ts';

const canChange = ({ status }: HdpDetails) => !['done', 'failed'].includes(shapeOf(status));

export function TaskPage({ uuid }: { uuid: string }) {
  const [isPaused, setPaused] = useState(false);
  const polled = usePoll<HdpDetails>({
    path: `/tasks/${encodeURIComponent(uuid)}/details`,
    canChange,
    isPaused,
  });
  useShortcuts({ r: polled.refresh, p: () => setPaused(!isPaused) });
  const { last, failure } = polled;
  return (
    <>
      <h1>
        Task <span class="id">{uuid}</span>
      </h1>
      <Freshness polled={polled} isPaused={isPaused} onPause={setPaused} />
      {last ? (
        <StatusMark status={last.data.status} />
      ) : (
        failure && <FailureNotice failure={failure} retry={polled.refresh} />
      )}
    </>
  );
}
