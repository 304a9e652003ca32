import type { HdpTask } from '../api-types.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { Time } from '../components/time.tsx';
import { useRowKeys } from '../lib/row-keys.ts';
import { Chain, Copied } from './values.tsx';

export function ListRows({ rows, isFormer }: { rows: readonly HdpTask[]; isFormer: boolean }) {
  const table = useRowKeys();
  return (
    <div class={isFormer ? 'table task-rows former' : 'table task-rows'} aria-busy={isFormer}>
      <table ref={table}>
        <caption class="visually-hidden">Tasks, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Status</th>
            <th scope="col">Program</th>
            <th scope="col">Destination</th>
            <th scope="col">Created</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((task) => (
            <Row key={task.uuid} task={task} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ task }: { task: HdpTask }) {
  const { uuid, status, programName, programHash, destinationChainId, createdAt } = task;
  return (
    <tr>
      <td>
        <span class="copied">
          <a href={`/task/${uuid}`} class="id" data-uuid={uuid}>
            {uuid}
          </a>
          <CopyButton value={uuid} label={`the id ${uuid}`} />
        </span>
      </td>
      <td>
        <StatusMark status={status} />
      </td>
      <td class="program">
        {programName === null && programHash === null && <span class="quiet">No program</span>}
        {programName !== null && (
          <bdi class="program-name" title={programName}>
            {programName}
          </bdi>
        )}
        {programHash !== null && <Copied value={programHash} label={`the program hash of ${uuid}`} isShort />}
      </td>
      <td>
        <Chain id={destinationChainId} />
      </td>
      <td>
        <Time value={createdAt} />
      </td>
    </tr>
  );
}
