import { isEnded } from '../model/hdp-stages.ts';
import { HDP_LIST } from '../model/lists.ts';
import { FIRST_KEY } from '../model/sort-key.ts';
import { HDP_STATUSES } from '../model/statuses.ts';
import type { HdpTaskQueries } from '../queries/hdp-tasks.ts';
import type { HdpTaskRow } from '../rows.ts';
import type { Pool } from './connection.ts';
import type { ReadList } from './list-reader.ts';
import { BATCH_SIZE, readBatches } from './lists/batches.ts';
import { definePage, readPage } from './lists/pages.ts';
import { hdpTasks } from './schema.ts';
import { createHdpSearch } from './search/search.ts';
import { columnsOf, statement } from './statements.ts';
import { addHdpTask, addHdpTasks } from './task-addition.ts';
import type { Write } from './transactions.ts';

const columns = columnsOf(hdpTasks);

const page = definePage<HdpTaskRow>({
  ...{ name: 'hdp', table: 'hdp_tasks', columns, position: 'created_at', tie: 'uuid' },
  pending: { table: 'pending_search_changes', position: 'created_at', tie: 'uuid' },
  conditions: [],
  order: 'descending',
});

const next = statement<Pick<HdpTaskRow, 'createdAt' | 'uuid'>, HdpTaskRow>(
  'next-hdp-tasks',
  `SELECT ${columns} FROM hdp_tasks WHERE (created_at, uuid) > (:createdAt, :uuid)
   ORDER BY created_at, uuid LIMIT ${BATCH_SIZE}`,
);

const unfinished = statement<{ ended: readonly string[]; limit: number }, { uuid: string }>(
  'unfinished-hdp-tasks',
  'SELECT uuid FROM hdp_tasks WHERE status <> ALL (:ended) ORDER BY id LIMIT :limit',
);

const any = statement<object, object>('any-hdp-task', 'SELECT 1 FROM hdp_tasks LIMIT 1');

const BEFORE_ALL = { createdAt: FIRST_KEY.position, uuid: FIRST_KEY.tie };

export function createHdpTaskQueries(pool: Pool, write: Write, readList: ReadList): HdpTaskQueries {
  const search = createHdpSearch();
  return {
    list: (term, slice) =>
      readList(['hdp'], ({ connection, read }) =>
        term === ''
          ? readPage(connection, page, { list: HDP_LIST, ...slice })
          : read((snapshot) => search(snapshot, term, slice)),
      ),
    add: (task, onConflict) =>
      write(async (transaction) => (await addHdpTask(transaction, task, onConflict)).added),
    addAll: (tasks, onConflict) =>
      write(async (transaction) =>
        (await addHdpTasks(transaction, tasks, onConflict)).map(({ added }) => added),
      ),
    listAll: () =>
      readBatches<HdpTaskRow>((last) =>
        pool.all(next, last ? { createdAt: last.createdAt, uuid: last.uuid } : BEFORE_ALL),
      ),
    listUnfinished: async (limit) => {
      const tasks = await pool.all(unfinished, { ended: HDP_STATUSES.filter(isEnded), limit });
      return tasks.map(({ uuid }) => uuid);
    },
    isEmpty: async () => (await pool.first(any, {})) === undefined,
  };
}
