import { useEffect, useState } from 'preact/hooks';
import { isFailed } from '../../db/model/hdp-stages.ts';
import type { HdpDetails } from '../api-types.ts';
import { Freshness } from '../components/freshness.tsx';
import { FailureNotice, Notice } from '../components/notice.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { wholeUuid } from './list-state.ts';
import { Retry } from './retry.tsx';
import { TaskError } from './task-error.tsx';
import { TaskFields } from './task-fields.tsx';
import { TaskInputs, Webhook } from './task-inputs.tsx';
import { Mmrs, OutputPreimage } from './task-results.tsx';
import { Timeline } from './timeline.tsx';
import { useTask, type WatchedTask } from './use-task.ts';
import { Copied } from './values.tsx';

/** @param id of the address, which may be no uuid */
export function TaskPage({ id }: { id: string }) {
  const uuid = wholeUuid(id);
  useEffect(() => {
    document.title = `Task ${id}`;
  }, [id]);
  return uuid === undefined ? <NoUuid id={id} /> : <KnownTask uuid={uuid} />;
}

function NoUuid({ id }: { id: string }) {
  return (
    <>
      <h1>Task</h1>
      <Notice title="This is not the uuid of a task">
        <p>
          “<bdi class="id">{id}</bdi>” is not a uuid. The uuid of a task has 26 digits and letters, such as
          01HKPMFW66MGEZW8AQ58QKX7YP.
        </p>
        <p>
          <a href={`/?search=${encodeURIComponent(id)}`}>Search for it</a> or <a href="/">show all tasks</a>.
        </p>
      </Notice>
    </>
  );
}

function KnownTask({ uuid }: { uuid: string }) {
  const [isPaused, setPaused] = useState(false);
  const watched = useTask(uuid, isPaused);
  const { polled } = watched;
  const { last, failure } = polled;
  return (
    <>
      <h1 class="task-title">
        Task <Copied value={uuid} label={`the id ${uuid}`} />
      </h1>
      <p class="task-status" role="status">
        {last && <StatusMark status={last.data.status} />}
      </p>
      {last && isFailed(last.data.status) && <Failed watched={watched} task={last.data} />}
      <Freshness polled={polled} isPaused={isPaused} onPause={setPaused} />
      {last && <Task watched={watched} task={last.data} json={last.text} />}
      {!last && failure && failure.status === 404 && <NoTask retry={polled.refresh} />}
      {!last && failure && failure.status !== 404 && (
        <FailureNotice failure={failure} nextAt={polled.nextAt} retry={polled.refresh} />
      )}
      {!last && !failure && <p class="loading">Loading the task…</p>}
    </>
  );
}

function NoTask({ retry }: { retry(): void }) {
  return (
    <Notice title="There is no task with this uuid">
      <p>
        It may have been removed, or belong to another server. <a href="/">Show all tasks</a>
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </Notice>
  );
}

interface TaskProps {
  watched: WatchedTask;
  task: HdpDetails;
}

function Failed({ watched, task }: TaskProps) {
  const { taskId, status } = task;
  return (
    <div class="failure">
      <TaskError message={watched.errorMessage} />
      <Retry key={task.updatedAt} uuid={taskId} status={status} onDone={watched.polled.refresh} />
    </div>
  );
}

function Task({ watched, task, json }: TaskProps & { json: string }) {
  return (
    <>
      {watched.isPartial && (
        <p class="arrivals">
          A part of the task could not be loaded.{' '}
          <button type="button" onClick={watched.reload}>
            Try again
          </button>
        </p>
      )}
      <div class="task-columns">
        <TaskFields task={task} contractClassHash={watched.contractClassHash} />
        <Timeline task={task} transitions={watched.transitions} />
      </div>
      <TaskInputs task={task} json={json} />
      <Mmrs mmrs={task.mmrs} />
      <OutputPreimage values={task.outputTreeRootPreimage} />
      <Webhook webhook={task.webhook} />
    </>
  );
}
