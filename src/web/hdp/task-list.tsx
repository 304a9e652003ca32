import { useEffect, useState } from 'preact/hooks';
import type { HdpList } from '../api-types.ts';
import { Freshness } from '../components/freshness.tsx';
import { FailureNotice } from '../components/notice.tsx';
import { Pager } from '../components/pager.tsx';
import { navigate } from '../lib/location.ts';
import { ListChanges } from './list-changes.tsx';
import { ListNotice } from './list-notices.tsx';
import { ListRows } from './list-rows.tsx';
import { type ListState, listHref, PAGE_SIZES, readListState } from './list-state.ts';
import { SaveList } from './save-list.tsx';
import { SearchField } from './search-field.tsx';
import { useList } from './use-list.ts';

export function TaskList({ query }: { query: URLSearchParams }) {
  const state = readListState(query);
  const [isPaused, setPaused] = useState(false);
  const { polled, shown, isFormer, showCurrent } = useList(state, isPaused);
  const { last, failure } = polled;
  const rows = !last && failure ? undefined : shown;
  const total = last?.data.pagination.total;
  return (
    <>
      <h1>Tasks</h1>
      <div class="toolbar">
        <SearchField state={state} />
        <PageSize state={state} />
      </div>
      <Freshness
        polled={polled}
        isPaused={isPaused}
        onPause={setPaused}
        summary={total === undefined ? undefined : totalWords(total)}
      />
      {rows && !isFormer && <ListChanges shown={rows} showCurrent={showCurrent} />}
      {!last && failure && <FailureNotice failure={failure} nextAt={polled.nextAt} retry={polled.refresh} />}
      {!rows && !failure && <p class="loading">Loading the tasks…</p>}
      {rows && !isFormer && <ListNotice list={rows.latest} state={state} />}
      {rows && rows.rows.length > 0 && <ListRows rows={rows.rows} isFormer={isFormer} />}
      {last && <ListEnd list={last.data} state={state} />}
    </>
  );
}

const totalWords = (total: number) =>
  `${total.toLocaleString('en')} ${total === 1 ? 'task' : 'tasks'} in total.`;

function PageSize({ state }: { state: ListState }) {
  const sizes = [...new Set([...PAGE_SIZES, state.size])].sort((a, b) => a - b);
  return (
    <label>
      Rows{' '}
      <select
        value={state.size}
        onChange={({ currentTarget }) =>
          navigate(listHref({ ...state, size: Number(currentTarget.value), page: 1 }))
        }
      >
        {sizes.map((size) => (
          <option key={size} value={size}>
            {size}
          </option>
        ))}
      </select>
    </label>
  );
}

function ListEnd({ list, state }: { list: HdpList; state: ListState }) {
  const { total, totalPages } = list.pagination;
  useEffect(() => {
    document.title = state.search === '' ? `HDP tasks (${total})` : `${state.search} · HDP tasks (${total})`;
  }, [state.search, total]);
  return (
    <>
      <Pager
        page={state.page}
        pages={totalPages}
        total={total}
        hrefOf={(page) => listHref({ ...state, page })}
      />
      <SaveList key={state.search} search={state.search} total={total} />
    </>
  );
}
