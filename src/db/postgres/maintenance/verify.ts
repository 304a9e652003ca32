/** Compares the derived data with the tasks. */
import { createListCounts, type StoredBlock } from '../../model/list-counts.ts';
import { createServicesGroups, HDP_LIST, type ServicesListFields } from '../../model/lists.ts';
import { FIRST_KEY, type SortKey } from '../../model/sort-key.ts';
import type { Difference, OnProgress } from '../../store.ts';
import type { Connection } from '../connection.ts';
import { verifyFigures } from '../figures.ts';
import { verifySearchBlocks } from '../search/verify.ts';
import { statement } from '../statements.ts';

const BATCH_SIZE = 5000;

const blocks = statement<object, StoredBlock>(
  'verify-blocks',
  `SELECT list, first_position AS position, first_tie AS tie, size FROM list_blocks
   ORDER BY list, first_position, first_tie`,
);

const countTasks = statement<object, { total: number }>(
  'verify-count',
  'SELECT (SELECT count(*) FROM hdp_tasks) + (SELECT count(*) FROM services_tasks) AS total',
);

const hdpKeys = statement<SortKey & { limit: number }, SortKey>(
  'verify-hdp-keys',
  `SELECT created_at AS position, uuid AS tie FROM hdp_tasks WHERE (created_at, uuid) > (:position, :tie)
   ORDER BY created_at, uuid LIMIT :limit`,
);

type ListedTask = ServicesListFields & { id: number };

const servicesTasks = statement<{ id: number; limit: number }, ListedTask>(
  'verify-services-tasks',
  `SELECT id, chain, status, action, campaign FROM services_tasks WHERE id > :id ORDER BY id LIMIT :limit`,
);

const pendingServices = statement<object, ListedTask & { change: number }>(
  'verify-pending-services',
  'SELECT task AS id, chain, status, action, campaign, change FROM pending_services_changes',
);

const pendingHdp = statement<object, SortKey & { change: number }>(
  'verify-pending-hdp',
  'SELECT created_at AS position, uuid AS tie, change FROM pending_search_changes',
);

const programs = statement<object, Difference>(
  'verify-programs',
  `SELECT 'program ' || program.identity AS what,
     program.tasks + coalesce(pending.change, 0) AS kept, coalesce(counted.tasks, 0) AS actual
   FROM hdp_programs AS program
   LEFT JOIN (SELECT program_id, count(*) AS tasks FROM hdp_tasks GROUP BY program_id) AS counted
     ON counted.program_id = program.id
   LEFT JOIN (SELECT program_id, sum(change)::bigint AS change FROM pending_search_changes GROUP BY program_id) AS pending
     ON pending.program_id = program.id
   WHERE program.tasks + coalesce(pending.change, 0) <> coalesce(counted.tasks, 0)`,
);

/** Reads the sort keys of all HDP tasks, in list order, in batches. */
async function* readHdpKeys(connection: Connection): AsyncGenerator<SortKey[]> {
  for (let last: SortKey | undefined = FIRST_KEY; last; ) {
    const keys: SortKey[] = await connection.all(hdpKeys, { ...last, limit: BATCH_SIZE });
    yield keys;
    last = keys.at(-1);
  }
}

/** Reads the fields of all Services tasks, by id, in batches. */
async function* readServicesTasks(connection: Connection): AsyncGenerator<ListedTask[]> {
  for (let last: number | undefined = 0; last !== undefined; ) {
    const tasks: ListedTask[] = await connection.all(servicesTasks, { id: last, limit: BATCH_SIZE });
    yield tasks;
    last = tasks.at(-1)?.id;
  }
}

const servicesKey = ({ id }: ListedTask): SortKey => ({ position: id, tie: '' });

async function verifyLists(connection: Connection, onProgress: OnProgress): Promise<Difference[]> {
  const counts = createListCounts(await connection.all(blocks, {}));
  const total = (await connection.first(countTasks, {}))?.total ?? 0;
  const groupOf = createServicesGroups();
  let done = 0;
  const report = (count: number) => {
    done += count;
    onProgress(done, total);
  };
  for await (const keys of readHdpKeys(connection)) {
    for (const key of keys) counts.count(HDP_LIST, key);
    report(keys.length);
  }
  for await (const tasks of readServicesTasks(connection)) {
    for (const task of tasks) for (const list of groupOf(task).lists) counts.count(list, servicesKey(task));
    report(tasks.length);
  }
  for (const { change, ...key } of await connection.all(pendingHdp, {}))
    counts.countPending(HDP_LIST, key, change);
  for (const { change, ...task } of await connection.all(pendingServices, {}))
    for (const list of groupOf(task).lists) counts.countPending(list, servicesKey(task), change);
  return counts.differences();
}

/** Compares the lists, the programs, the search blocks and the figures with the tasks. Call it in one snapshot. */
export async function verify(connection: Connection, onProgress: OnProgress): Promise<Difference[]> {
  return [
    ...(await verifyLists(connection, onProgress)),
    ...(await connection.all(programs, {})),
    ...(await verifySearchBlocks(connection)),
    ...(await verifyFigures(connection)),
  ];
}
