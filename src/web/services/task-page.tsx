/** One task: state, schedule, segment, target, log and result. A task that has ended is not polled. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LoggedTask, ServicesSession } from '../api-types.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Freshness } from '../components/freshness.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { DownloadResult } from './download-result.tsx';
import { ExecuteTask } from './execute-task.tsx';
import { LongText } from './long-text.tsx';
import { NewestError } from './newest-error.tsx';
import { parseTask } from './responses.ts';
import { ServicesFailure } from './services-failure.tsx';
import { TaskDetails } from './task-details.tsx';
import { logState, taskPath } from './task-log.tsx';
import { NoTaskId, TaskNotFound } from './task-not-found.tsx';
import { hasEnded } from './task-words.ts';
import { useSignedPoll } from './use-signed-poll.ts';

interface TaskPageProps {
  /** As it is in the address. */
  id: string;
  query: URLSearchParams;
  session: ServicesSession;
}

export function TaskPage({ id, query, session }: TaskPageProps) {
  if (/^\d{1,16}$/.test(id)) return <KnownId id={id} query={query} session={session} />;
  return (
    <>
      <h1>Task</h1>
      <NoTaskId id={id} />
    </>
  );
}

function KnownId({ id, query, session }: TaskPageProps) {
  const { log } = logState.read(query);
  const isExecuting = useRef(false);
  const [isPaused, setPaused] = useState(false);
  const polled = useSignedPoll({
    ...{ path: taskPath(id, log), parse: parseTask, isPaused },
    canChange: ({ state }) => isExecuting.current || !hasEnded(state.code),
  });
  const { last, failure } = polled;
  const code = last?.data.state.code;
  useEffect(() => {
    document.title = `Task ${id}${code ? ` (${code})` : ''}`;
  }, [id, code]);
  return (
    <>
      <h1 class="task-title">
        Task <span class="id">{id}</span> <CopyButton value={id} label={`the id ${id}`} />
        {code && <StatusMark status={code} />}
      </h1>
      {last && <Summary task={last.data} log={log} />}
      <Freshness polled={polled} isPaused={isPaused || polled.isEnded} onPause={setPaused} />
      {last && (
        <>
          <div class="actions">
            <ExecuteTask
              task={last.data}
              text={last.text}
              session={session}
              isExecuting={isExecuting}
              polled={polled}
            />
            <DownloadResult key={last.data.version} task={last.data} />
          </div>
          <TaskDetails last={last} log={log} />
        </>
      )}
      {!last && failure?.status === 404 && <TaskNotFound id={id} session={session} retry={polled.refresh} />}
      {!last && failure && failure.status !== 404 && (
        <ServicesFailure polled={polled} failure={failure} chain={session.chain} />
      )}
      {!last && !failure && <p class="loading">Loading the task…</p>}
    </>
  );
}

function Summary({ task, log }: { task: LoggedTask; log: number }) {
  return (
    <>
      {task.desc !== '' && (
        <p class="desc">
          <LongText text={task.desc} />
        </p>
      )}
      {task.state.code === 'ERROR' && <NewestError task={task} log={log} />}
    </>
  );
}
