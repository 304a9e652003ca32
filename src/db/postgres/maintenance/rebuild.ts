/** Rebuilds the derived data from the tasks, for `taskgate check --repair`. Writers wait until it ends. */
import { HDP_LIST, servicesListName } from '../../model/lists.ts';
import { FIRST_KEY } from '../../model/sort-key.ts';
import type { ServicesStatus } from '../../model/statuses.ts';
import type { OnProgress } from '../../store.ts';
import { areFiguresMissing, rebuildFigures } from '../figures.ts';
import { rebuildSearchBlocks } from '../search/search-blocks.ts';
import { statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';

/**
 * Afterwards no other transaction writes tasks or folds. The pending changes are removed, and counted in the versions of
 * their scopes, which must not decrease. This takes one statement, because other transactions still append changes that
 * move no task between lists.
 */
const PREPARE = `
  LOCK TABLE services_tasks, hdp_tasks IN SHARE ROW EXCLUSIVE MODE;
  SELECT pg_advisory_xact_lock(hashtext('taskgate fold'));
  WITH services AS (DELETE FROM pending_services_changes RETURNING chain),
    hdp AS (DELETE FROM pending_search_changes RETURNING id)
  INSERT INTO scope_versions (scope, version)
    SELECT 'services ' || chain, count(*) FROM services GROUP BY chain
    UNION ALL SELECT 'hdp', count(*) FROM hdp
    ON CONFLICT (scope) DO UPDATE SET version = scope_versions.version + excluded.version;
  DELETE FROM list_blocks;
  UPDATE hdp_programs SET tasks = coalesce(
    (SELECT count(*) FROM hdp_tasks WHERE hdp_tasks.program_id = hdp_programs.id), 0);
`;

const FIRST_OF_BLOCK = (column: string, first: string) =>
  `CASE WHEN block = 0 THEN ${first} ELSE min(${column}) END`;

const hdpBlocks = statement<{ list: string; blockSize: number }>(
  'rebuild-hdp-blocks',
  `INSERT INTO list_blocks (list, first_position, first_tie, size)
   SELECT :list, ${FIRST_OF_BLOCK('key.created_at', String(FIRST_KEY.position))},
     CASE WHEN block = 0 THEN '' ELSE (array_agg(key.uuid ORDER BY key.created_at, key.uuid))[1] END, count(*)
   FROM (
     SELECT created_at, uuid, (row_number() OVER (ORDER BY created_at, uuid) - 1) / :blockSize::bigint AS block
     FROM hdp_tasks
   ) AS key GROUP BY block`,
);

interface Group {
  chain: number;
  status: ServicesStatus | null;
  action: string | null;
  campaign: number | null;
}

const FILTERS = ['status', 'action', 'campaign'] as const;

type Filters = readonly (typeof FILTERS)[number][];

/** All combinations of the filters. */
const COMBINATIONS: readonly Filters[] = FILTERS.reduce<Filters[]>(
  (combinations, filter) => combinations.flatMap((filters) => [filters, [...filters, filter]]),
  [[]],
);

function defineBlocks(filters: Filters) {
  const columns = ['chain', ...filters];
  const name = columns.join('-');
  const isListed = ['true', ...filters.map((filter) => `${filter} IS NOT NULL`)].join(' AND ');
  const select = FILTERS.map((filter) => (filters.includes(filter) ? filter : `NULL AS ${filter}`)).join(
    ', ',
  );
  return {
    groups: statement<object, Group>(
      `rebuild-groups-${name}`,
      `SELECT DISTINCT chain, ${select} FROM services_tasks WHERE ${isListed}`,
    ),
    insertion: statement<Record<string, unknown>>(
      `rebuild-blocks-${name}`,
      `INSERT INTO list_blocks (list, first_position, first_tie, size)
       SELECT named.list, ${FIRST_OF_BLOCK('task.id', String(FIRST_KEY.position))}, '', count(*)
       FROM (
         SELECT id, ${columns.join(', ')},
           (row_number() OVER (PARTITION BY ${columns.join(', ')} ORDER BY id) - 1) / :blockSize::bigint AS block
         FROM services_tasks WHERE ${isListed}
       ) AS task
       JOIN unnest(:list::text[], :chain::bigint[], :status::text[], :action::text[], :campaign::bigint[])
         AS named (list, chain, status, action, campaign)
         ON ${columns.map((column) => `named.${column} = task.${column}`).join(' AND ')}
       GROUP BY named.list, task.block`,
    ),
  };
}

const servicesBlocks = COMBINATIONS.map(defineBlocks);

export async function rebuild(
  transaction: WriteTransaction,
  onProgress: OnProgress,
  blockSize: number,
): Promise<void> {
  await transaction.removeTimeLimit();
  await transaction.exec(PREPARE);
  await transaction.run(hdpBlocks, { list: HDP_LIST, blockSize });
  await rebuildSearchBlocks(transaction, blockSize);
  await rebuildFigures(transaction);
  for (const [index, { groups, insertion }] of servicesBlocks.entries()) {
    const found = await transaction.all(groups, {});
    const lists = found.map(({ chain, status, action, campaign }) =>
      servicesListName(chain, {
        status: status ?? undefined,
        action: action ?? undefined,
        campaign: campaign ?? undefined,
      }),
    );
    const column = (name: keyof Group) => found.map((group) => group[name]);
    await transaction.run(insertion, {
      ...{ blockSize, list: lists, chain: column('chain') },
      ...{ status: column('status'), action: column('action'), campaign: column('campaign') },
    });
    onProgress(index + 1, servicesBlocks.length);
  }
  transaction.changes.addScope('all');
}

const areSearchBlocksMissing = statement<{ list: string }, { areMissing: boolean }>(
  'are-search-blocks-missing',
  `SELECT EXISTS (SELECT FROM list_blocks WHERE list = :list)
     AND NOT EXISTS (SELECT FROM hdp_search_blocks) AS "areMissing"`,
);

/** Builds the search blocks and the figures of a database from before they existed. Writers wait for the figures only. */
export async function buildMissing(transaction: WriteTransaction, blockSize: number): Promise<void> {
  await transaction.removeTimeLimit();
  await transaction.exec("SELECT pg_advisory_xact_lock(hashtext('taskgate fold'))");
  const { areMissing } = (await transaction.first(areSearchBlocksMissing, { list: HDP_LIST })) ?? {};
  if (areMissing) await rebuildSearchBlocks(transaction, blockSize);
  if (!(await areFiguresMissing(transaction))) return;
  await transaction.exec('LOCK TABLE hdp_tasks IN SHARE ROW EXCLUSIVE MODE');
  await rebuildFigures(transaction);
}
