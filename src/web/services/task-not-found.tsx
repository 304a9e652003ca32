import type { ServicesSession } from '../api-types.ts';
import { Notice } from '../components/notice.tsx';

interface TaskNotFoundProps {
  /** As it is in the address. */
  id: string;
  session: ServicesSession;
  retry(): void;
}

/** Says that the chain has no such task, and where else it can be. */
export function TaskNotFound({ id, session: { chain, chains }, retry }: TaskNotFoundProps) {
  return (
    <Notice title={`Not found in chain ${chain}`}>
      <p>
        Chain {chain} has no task <bdi class="id">{id}</bdi>. Check the id. A task of another chain is shown
        only in that chain{chains.length > 1 ? '; you can switch above' : ''}.
      </p>
      <p>
        <a href="/">Show all tasks of chain {chain}</a>
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </Notice>
  );
}

/** Says that an address holds no id of a task. */
export function NoTaskId({ id }: Pick<TaskNotFoundProps, 'id'>) {
  return (
    <Notice title="Not found">
      <p>
        The id of a task is an integer, such as 12345. The address has <bdi class="id">{id}</bdi>.{' '}
        <a href="/">Show all tasks</a>
      </p>
    </Notice>
  );
}
