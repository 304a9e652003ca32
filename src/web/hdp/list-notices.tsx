import type { HdpList } from '../api-types.ts';
import { Notice } from '../components/notice.tsx';
import { type ListState, listHref } from './list-state.ts';

/** Says why a response of the list has no rows. */
export function ListNotice({ list, state }: { list: HdpList; state: ListState }) {
  const { total, totalPages } = list.pagination;
  if (list.tasks.length > 0) return null;
  if (total > 0) {
    return (
      <Notice title={`There is no page ${state.page.toLocaleString('en')}`}>
        <p>
          The last page is <a href={listHref({ ...state, page: totalPages })}>page {totalPages}</a>.
        </p>
      </Notice>
    );
  }
  if (state.search === '') {
    return (
      <Notice title="No tasks yet">
        <p>
          New tasks appear here without a reload. <a href="/?view=create">Create a task</a>
        </p>
      </Notice>
    );
  }
  return (
    <Notice title="Nothing found">
      <p>
        No task has “<bdi>{state.search}</bdi>” in its uuid, program hash or program name. Other fields are
        not searched. <a href={listHref({ ...state, search: '', page: 1 })}>Show all tasks</a>
      </p>
    </Notice>
  );
}
