import { useEffect, useRef, useState } from 'preact/hooks';
import type { HdpList } from '../api-types.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { Freshness } from '../components/freshness.tsx';
import { FailureNotice, Notice } from '../components/notice.tsx';
import { Pager } from '../components/pager.tsx';
import { StatusMark } from '../components/status-mark.tsx';
import { Time } from '../components/time.tsx';
import { navigate } from '../lib/location.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { usePoll } from '../lib/use-poll.ts';
import { type ListState, listPath, listState, PAGE_SIZES } from './list-state.ts';

const hrefOf = (state: ListState) => `/${listState.write(state)}`;

export function TaskList({ query }: { query: URLSearchParams }) {
  const state = listState.read(query);
  const [isPaused, setPaused] = useState(false);
  const polled = usePoll<HdpList>({ path: listPath(state), isPaused });
  useShortcuts({ r: polled.refresh, p: () => setPaused(!isPaused) });
  const { last, failure } = polled;
  return (
    <>
      <h1>Tasks</h1>
      <div class="toolbar">
        <SearchField key={state.search} state={state} />
        <PageSize state={state} />
      </div>
      <Freshness polled={polled} isPaused={isPaused} onPause={setPaused} />
      {last ? (
        <Rows list={last.data} state={state} />
      ) : (
        failure && <FailureNotice failure={failure} retry={polled.refresh} />
      )}
      {!last && !failure && <p class="loading">Loading the tasks…</p>}
    </>
  );
}

/** Typing changes the address without an entry of the history; Enter adds one. */
function SearchField({ state }: { state: ListState }) {
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => field.current?.focus() });
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          navigate(hrefOf({ ...state, search: field.current?.value.trim() ?? '', page: 1 }));
        }}
      >
        <label for="search">Search</label>
        <input id="search" ref={field} type="search" maxLength={200} defaultValue={state.search} />
        <button type="submit">Search</button>
      </form>
    </search>
  );
}

function PageSize({ state }: { state: ListState }) {
  const sizes = [...new Set([...PAGE_SIZES, state.size])].sort((a, b) => a - b);
  return (
    <label>
      Rows{' '}
      <select
        value={state.size}
        onChange={({ currentTarget }) =>
          navigate(hrefOf({ ...state, size: Number(currentTarget.value), page: 1 }))
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

function Rows({ list, state }: { list: HdpList; state: ListState }) {
  const { tasks, pagination } = list;
  const { total, totalPages } = pagination;
  useEffect(() => {
    document.title = `HDP tasks (${total})`;
  }, [total]);
  return (
    <>
      {total === 0 && state.search === '' && (
        <Notice title="No tasks yet">
          <p>New tasks appear here without a reload.</p>
        </Notice>
      )}
      {total === 0 && state.search !== '' && (
        <Notice title="Nothing matches">
          <p>
            No uuid, program hash or program name contains “{state.search}”. <a href="/">Show all tasks</a>
          </p>
        </Notice>
      )}
      {tasks.length > 0 && (
        <div class="table">
          <table>
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">Status</th>
                <th scope="col">Program</th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {tasks.map(({ uuid, status, programName, programHash, createdAt }) => (
                <tr key={uuid}>
                  <td>
                    <a href={`/task/${uuid}`} class="id">
                      {uuid}
                    </a>
                    <CopyButton value={uuid} label={`the id ${uuid}`} />
                  </td>
                  <td>
                    <StatusMark status={status} />
                  </td>
                  <td class="text">{programName ?? programHash ?? '—'}</td>
                  <td>
                    <Time value={createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        page={state.page}
        pages={totalPages}
        total={total}
        hrefOf={(page) => hrefOf({ ...state, page })}
      />
    </>
  );
}
