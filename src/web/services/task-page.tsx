/** One task: state, schedule, segment, target, log and result. A task that has ended is not polled. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LoggedTask, ServicesSession } from '../api-types.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Freshness } from '../components/freshness.tsx';
import { JsonView } from '../components/json-view.tsx';
import { Notice } from '../components/notice.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { memberSource } from '../lib/json-source.ts';
import type { Confirmed } from '../lib/poller.ts';
import { DownloadResult } from './download-result.tsx';
import { ExecuteTask } from './execute-task.tsx';
import { LongText } from './long-text.tsx';
import { NewestError } from './newest-error.tsx';
import { ServicesFailure } from './services-failure.tsx';
import { TaskFacts } from './task-facts.tsx';
import { logState, TaskLog, taskPath } from './task-log.tsx';
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
      <Notice title="Not found">
        <p>
          The id of a task is an integer. <a href="/">Show all tasks</a>
        </p>
      </Notice>
    </>
  );
}

function KnownId({ id, query, session }: TaskPageProps) {
  const { log } = logState.read(query);
  const isExecuting = useRef(false);
  const [isPaused, setPaused] = useState(false);
  const polled = useSignedPoll<LoggedTask>({
    ...{ path: taskPath(id, log), isPaused },
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
              level={session.level}
              isExecuting={isExecuting}
              polled={polled}
            />
            <DownloadResult key={last.data.version} task={last.data} />
          </div>
          <Details last={last} log={log} />
        </>
      )}
      {!last && failure && <ServicesFailure polled={polled} failure={failure} chain={session.chain} />}
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

function Details({ last, log }: { last: Confirmed<LoggedTask>; log: number }) {
  const { data: task, text } = last;
  const sources = useMemo(
    () => ({ trigger: memberSource(text, 'trigger') ?? '{}', target: memberSource(text, 'target') ?? '{}' }),
    [text],
  );
  return (
    <>
      <TaskFacts task={task} />
      <div class="columns">
        <section>
          <h2>Trigger</h2>
          <JsonView
            text={sources.trigger}
            label={`trigger of task ${task.id}`}
            fileName={`task-${task.id}-trigger.json`}
          />
        </section>
        <section>
          <h2>Target</h2>
          <JsonView
            text={sources.target}
            label={`target of task ${task.id}`}
            fileName={`task-${task.id}-target.json`}
          />
        </section>
      </div>
      <TaskLog task={task} log={log} />
      {task.debug !== '' && (
        <section>
          <h2>Debug</h2>
          <LongText text={task.debug} />
        </section>
      )}
    </>
  );
}
