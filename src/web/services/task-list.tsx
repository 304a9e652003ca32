/** The tasks of the chain, live. The list is sorted by id, so that new tasks come at its end. */
import { useEffect, useState } from 'preact/hooks';
import type { ServicesList, ServicesSession } from '../api-types.ts';
import { Freshness } from '../components/freshness.tsx';
import { Pager } from '../components/pager.tsx';
import type { Confirmed } from '../lib/poller.ts';
import { Arrivals } from './arrivals.tsx';
import { Filters } from './filters.tsx';
import { NoTasks } from './list-notices.tsx';
import { hrefOf, type ListState, listPath, listState, PAGE_SIZE } from './list-state.ts';
import { parseTasks } from './responses.ts';
import { SaveTasks } from './save-tasks.tsx';
import { ServicesFailure } from './services-failure.tsx';
import { TaskTable } from './task-table.tsx';
import { useHeldRows } from './use-held-rows.ts';
import { useSignedPoll } from './use-signed-poll.ts';

interface TaskListProps {
  query: URLSearchParams;
  session: ServicesSession;
}

export function TaskList({ query, session }: TaskListProps) {
  const state = listState.read(query);
  const path = listPath(state);
  const [isPaused, setPaused] = useState(false);
  const polled = useSignedPoll({ path, parse: parseTasks, isPaused });
  const { last, failure } = polled;
  return (
    <>
      <div class="title">
        <h1>Tasks of chain {session.chain}</h1>
        {session.level === 'WRITE' ? (
          <a class="button" href="/?view=create">
            New export
          </a>
        ) : (
          <span class="hint">Your access level is READ, so you cannot create or execute tasks.</span>
        )}
      </div>
      <Filters key={hrefOf({ ...state, page: 1 })} state={state} seen={last?.data} />
      <Freshness
        polled={polled}
        isPaused={isPaused || polled.isEnded}
        onPause={setPaused}
        summary={last && `${totalOf(last)} tasks`}
      />
      {last && <Rows key={path} list={last.data} total={totalOf(last)} state={state} chain={session.chain} />}
      {!last && failure && <ServicesFailure polled={polled} failure={failure} chain={session.chain} />}
      {!last && !failure && <p class="loading">Loading the tasks…</p>}
    </>
  );
}

const totalOf = ({ headers, data }: Confirmed<ServicesList>) =>
  Number(headers.get('x-total-count') ?? data.length);

interface RowsProps {
  list: ServicesList;
  total: number;
  state: ListState;
  chain: number;
}

function Rows({ list, total, state, chain }: RowsProps) {
  const held = useHeldRows(list, state.page > 1);
  const pages = Math.ceil(total / PAGE_SIZE);
  const lastHref = hrefOf({ ...state, page: pages });
  useEffect(() => {
    document.title = `Tasks of chain ${chain} (${total})`;
  }, [chain, total]);
  return (
    <>
      <Arrivals total={total} isLast={state.page >= pages} lastHref={lastHref} />
      {held.hasMoved && (
        <p class="arrivals">
          The tasks of this page have changed.{' '}
          <button type="button" onClick={held.showLatest}>
            Show the current page
          </button>
        </p>
      )}
      {held.rows.length > 0 ? (
        <TaskTable tasks={held.rows} />
      ) : (
        <NoTasks state={state} total={total} pages={pages} />
      )}
      {held.rows.length > 0 && <Order isLast={state.page >= pages} lastHref={lastHref} />}
      <Pager page={state.page} pages={pages} total={total} hrefOf={(page) => hrefOf({ ...state, page })} />
      <SaveTasks filter={state} total={total} chain={chain} />
    </>
  );
}

function Order({ isLast, lastHref }: { isLast: boolean; lastHref: string }) {
  return (
    <p class="hint">
      Sorted by id, the oldest task first.{' '}
      {isLast ? 'New tasks appear at the end of this page.' : <a href={lastHref}>Go to the newest tasks</a>}
    </p>
  );
}
