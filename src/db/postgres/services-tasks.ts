import type { ServicesTaskFilter } from '../model/lists.ts';
import { servicesListName } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import { FIRST_KEY } from '../model/sort-key.ts';
import type { ServicesTaskQueries } from '../queries/services-tasks.ts';
import type { ServicesTaskRow } from '../rows.ts';
import type { Pool } from './connection.ts';
import type { ReadList } from './list-reader.ts';
import { BATCH_SIZE, readBatches } from './lists/batches.ts';
import { definePage, readPage } from './lists/pages.ts';
import { servicesTasks } from './schema.ts';
import { columnsOf, type Statement, statement } from './statements.ts';
import { addServicesTask, addServicesTasks, withoutIds } from './task-addition.ts';
import type { Write } from './transactions.ts';

const columns = columnsOf(servicesTasks);

const FILTERS = ['status', 'action', 'campaign'] as const;

const pages = new Map<string, ReturnType<typeof defineFiltered>>();

/** Returns the statement for the filters that have a value. */
function pageFor(filter: ServicesTaskFilter) {
  const filters = FILTERS.filter((name) => filter[name] !== undefined);
  const key = filters.join('-');
  const page = pages.get(key) ?? defineFiltered(filters);
  pages.set(key, page);
  return page;
}

function defineFiltered(filters: readonly (typeof FILTERS)[number][]) {
  return definePage<ServicesTaskRow>({
    name: ['services', ...filters].join('-'),
    ...{ table: 'services_tasks', columns, position: 'id', tie: undefined },
    pending: { table: 'pending_services_changes', position: 'task', tie: "''" },
    conditions: ['chain', ...filters].map((name) => `${name} = :${name}`),
    order: 'ascending',
  });
}

const defineNext = (
  name: string,
  condition: string,
): Statement<{ chain?: number; after: number }, ServicesTaskRow> =>
  statement(
    name,
    `SELECT ${columns} FROM services_tasks WHERE ${condition} id > :after ORDER BY id LIMIT ${BATCH_SIZE}`,
  );

const nextOfAll = defineNext('next-services-tasks', '');
const nextOfChain = defineNext('next-services-tasks-of-chain', 'chain = :chain AND');

const any = statement<object, object>('any-services-task', 'SELECT 1 FROM services_tasks LIMIT 1');

export function createServicesTaskQueries(pool: Pool, write: Write, readList: ReadList): ServicesTaskQueries {
  return {
    list(chain, filter, slice) {
      const values = { list: servicesListName(chain, filter), chain, ...filter, ...slice };
      return readList([servicesScope(chain)], ({ connection }) =>
        readPage(connection, pageFor(filter), values),
      );
    },
    add: (task, onConflict) =>
      write(async (transaction) => (await addServicesTask(transaction, task, { onConflict })).added),
    addAll: (tasks, options) =>
      write(async (transaction) => withoutIds(await addServicesTasks(transaction, tasks, options))),
    listAcrossChains: () =>
      readBatches<ServicesTaskRow>((last) => pool.all(nextOfAll, { after: last?.id ?? FIRST_KEY.position })),
    listAll: (chain) =>
      readBatches<ServicesTaskRow>((last) =>
        pool.all(nextOfChain, { chain, after: last?.id ?? FIRST_KEY.position }),
      ),
    isEmpty: async () => (await pool.first(any, {})) === undefined,
  };
}
