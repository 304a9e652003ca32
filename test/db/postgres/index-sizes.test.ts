/**
 * A row of a B-tree index has at most 2,704 bytes. Each index gets a row with the longest value of each of its columns, without
 * the compression that makes most rows smaller.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicesListName } from '../../../src/db/model/lists.ts';
import { servicesScope } from '../../../src/db/model/scopes.ts';
import { HDP_STATUSES, SERVICES_STATUSES } from '../../../src/db/model/statuses.ts';
import { MAX_ACTION_LENGTH } from '../../../src/db/model/target-fields.ts';
import { encodeText } from '../../../src/db/postgres/text-encoding.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';

const MAX = Number.MAX_SAFE_INTEGER;

const longestOf = (texts: readonly string[]) =>
  texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');

/** Each character is stored as three of four bytes. NUL is, too, but has fewer bytes in JSON. */
const ACTION = '\u{10FFFD}'.repeat(MAX_ACTION_LENGTH);
const [STATUS, HDP_STATUS] = [longestOf(SERVICES_STATUSES), longestOf(HDP_STATUSES)];
const LIST = servicesListName(MAX, { status: 'INPROGRESS', action: ACTION, campaign: MAX });
const ULID = '7'.repeat(26);
const DIGEST = `\\x${'ff'.repeat(32)}`;
/** Ids of credentials are generated, except for those of the seeds. */
const CREDENTIAL = 'f'.repeat(100);

/** The longest values of the text and bytea columns of all B-tree indexes, by index. */
const LONGEST: Record<string, readonly string[]> = {
  access_tokens_pkey: [CREDENTIAL],
  admin_sessions_key_hash_unique: [DIGEST],
  admin_sessions_pkey: [CREDENTIAL],
  api_keys_key_hash_unique: [DIGEST],
  api_keys_pkey: [CREDENTIAL],
  hdp_figures_figure_position_value_pk: ['pass_micros', HDP_STATUS],
  hdp_programs_identity_digest: [DIGEST],
  hdp_search_blocks_first_position_first_tie_pk: [ULID],
  hdp_tasks_order: [ULID],
  hdp_tasks_program: [ULID],
  hdp_tasks_uuid_unique: [ULID],
  hdp_transitions_pkey: [ULID],
  hdp_transitions_task: [ULID],
  hdp_webhooks_pkey: [ULID],
  hdp_webhooks_task: [ULID],
  idempotency_keys_pkey: [DIGEST],
  list_blocks_list_first_position_first_tie_pk: [LIST, ULID],
  scope_versions_pkey: [servicesScope(MAX)],
  server_secrets_pkey: ['exports-folder'],
  services_tasks_chain_action: [ACTION],
  services_tasks_chain_status: [STATUS],
  services_tasks_chain_status_action: [STATUS, ACTION],
  services_tasks_due: [ACTION],
  services_tasks_turns: [ACTION],
};

/** The types of the columns of each B-tree index, in their order. */
const INDEXES = `
  SELECT relname AS name, array_agg(format_type(atttypid, NULL) ORDER BY attnum) AS types
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_attribute ON attrelid = indexrelid
  WHERE relnamespace = 'public'::regnamespace AND relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
  GROUP BY relname`;

const isLimited = (type: string) => type === 'text' || type === 'bytea';

describe('an index', () => {
  let connection: RawConnection;
  let indexes: Map<string, readonly string[]>;
  beforeAll(async () => {
    connection = await openRawConnection((await takePostgresDatabase()).url);
    const rows = await connection.rows<{ name: string; types: string[] }>(INDEXES);
    indexes = new Map(rows.map(({ name, types }) => [name, types]));
  });
  afterAll(() => connection.close());

  /** Inserts a row into an index with columns of these types. @param texts the values of its text and bytea columns */
  async function insert(types: readonly string[], texts: readonly string[]): Promise<void> {
    const remaining = texts.values();
    const values = types.map((type) =>
      isLimited(type) ? encodeText(remaining.next().value ?? '') : String(MAX),
    );
    const columns = types.map((type, index) => `c${index} ${type}`);
    const names = types.map((_, index) => `c${index}`);
    const uncompressed = names.flatMap((name, index) =>
      isLimited(types[index] ?? '') ? [`ALTER COLUMN ${name} SET STORAGE EXTERNAL`] : [],
    );
    await connection.rows('BEGIN');
    try {
      await connection.rows(`CREATE TABLE longest (${columns.join(', ')})`);
      await connection.rows(`ALTER TABLE longest ${uncompressed.join(', ')}`);
      await connection.rows(`CREATE INDEX ON longest (${names.join(', ')})`);
      await connection.rows(`INSERT INTO longest VALUES (${values.map((value) => `'${value}'`).join(', ')})`);
    } finally {
      await connection.rows('ROLLBACK');
    }
  }

  it('is in the table of the longest values if it has a column of variable length', () => {
    const limited = [...indexes].filter(([, types]) => types.some(isLimited));
    expect(limited.map(([name, types]) => [name, types.filter(isLimited).length]).sort()).toEqual(
      Object.entries(LONGEST).map(([name, texts]) => [name, texts.length]),
    );
  });

  it.each(Object.entries(LONGEST))('%s takes the longest values', async (name, texts) => {
    await insert(indexes.get(name) ?? [], texts);
  });

  it('takes no longer values', async () => {
    const types = indexes.get('services_tasks_chain_status_action') ?? [];
    await expect(insert(types, [STATUS, ACTION + '\u{10FFFD}'.repeat(30)])).rejects.toThrow(
      'exceeds btree version 4 maximum 2704',
    );
  });
});
