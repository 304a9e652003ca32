import { Notice } from '../components/notice.tsx';
import { filterWords, hrefOf, type ListState } from './list-state.ts';

interface NoTasksProps {
  state: ListState;
  total: number;
  pages: number;
}

/** Says why a page of the list is empty. Shown after a response only. */
export function NoTasks({ state, total, pages }: NoTasksProps) {
  if (total > 0)
    return (
      <Notice title={`There is no page ${state.page}`}>
        <p>
          The list ends with page {pages}. <a href={hrefOf({ ...state, page: pages })}>Show page {pages}</a>
        </p>
      </Notice>
    );
  const words = filterWords(state);
  if (words === '')
    return (
      <Notice title="No tasks yet">
        <p>New tasks appear here without a reload.</p>
      </Notice>
    );
  return (
    <Notice title="Nothing matches">
      <p>
        No task has <bdi>{words}</bdi>. Each must be equal as a whole. <a href="/">Show all tasks</a>
      </p>
    </Notice>
  );
}
