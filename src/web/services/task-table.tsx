import type { ServicesTask } from '../api-types.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { Time } from '../components/time.tsx';
import { useRowKeys } from '../lib/row-keys.ts';
import { actionWords, campaignOf, repeatWords, shorten } from './task-words.ts';

/** One row per task. On narrow windows a row is a card with the names of its columns. */
export function TaskTable({ tasks }: { tasks: readonly ServicesTask[] }) {
  const table = useRowKeys();
  return (
    <div class="table cards">
      <table ref={table}>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Description</th>
            <th scope="col">Status</th>
            <th scope="col">Action</th>
            <th scope="col">Campaign</th>
            <th scope="col">Last run</th>
            <th scope="col">Created</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TaskRow({ task }: { task: ServicesTask }) {
  const { id, desc, state } = task;
  const repeat = repeatWords(task);
  const campaign = campaignOf(task);
  return (
    <tr>
      <td class="nowrap">
        <a href={`/task/${id}`} class="id">
          {id}
        </a>
        <CopyButton value={String(id)} label={`the id ${id}`} />
      </td>
      <td class="text">
        <bdi>{shorten(desc)}</bdi>
      </td>
      <td class="nowrap">
        <StatusMark status={state.code} />
      </td>
      <td class="text">
        <bdi>{actionWords(task)}</bdi>
        {repeat && (
          <span class="hint">
            {' '}
            <bdi>{repeat}</bdi>
          </span>
        )}
      </td>
      <td class={campaign === undefined ? 'none' : 'text'} data-label="Campaign">
        <bdi>{campaign ?? '—'}</bdi>
      </td>
      <td class={state.last_run_date ? undefined : 'none'} data-label="Last run">
        {state.last_run_date ? <Time value={state.last_run_date} /> : '—'}
      </td>
      <td data-label="Created">
        <Time value={state.created_date} />
      </td>
    </tr>
  );
}
