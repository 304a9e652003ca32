/** Reads and writes PostgreSQL databases with the driver, without the product's code. */
import pg from 'pg';
import type { DatabaseClient } from '../database.ts';

const { builtins } = pg.types;

/** All integers of the tables are below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    format !== 'binary' && type === builtins.INT8 ? Number : pg.types.getTypeParser(type, format),
};

export const postgresClient: DatabaseClient = {
  async openReader(url) {
    const client = new pg.Client({ connectionString: url, types });
    await client.connect();
    const all = async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      let count = 0;
      const text = sql.replaceAll('?', () => {
        count += 1;
        return `$${count}`;
      });
      return (await client.query<Row>({ text, values: [...values] })).rows;
    };
    return {
      all,
      async snapshot(work) {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        try {
          return await work();
        } finally {
          await client.query('COMMIT');
        }
      },
      columns: async (table) => {
        const rows = await all<{ name: string }>(COLUMNS, [table]);
        return rows.map(({ name }) => name);
      },
      close: () => client.end(),
    };
  },
  async openInserter(url, table, connections) {
    const pool = new pg.Pool({ connectionString: url, max: connections });
    // The removal of a database ends connections that are still closing.
    pool.on('error', () => {});
    const columns = (await pool.query<{ name: string }>(COLUMNS.replace('?', '$1'), [table])).rows;
    // Connects before the measurement.
    const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
    for (const client of clients) client.release();
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const parameters = columns.map((_, index) => `$${index + 1}`).join(', ');
    const insertion = { name: 'insert', text: `INSERT INTO ${table} (${names}) VALUES (${parameters})` };
    return {
      async insert(rows) {
        const [only] = rows;
        // A statement outside of a transaction block commits by itself, in one round trip.
        if (rows.length === 1 && only) {
          await pool.query({ ...insertion, values: [...only] });
          return;
        }
        const client = await pool.connect();
        await client.query('BEGIN');
        for (const row of rows) await client.query({ ...insertion, values: [...row] });
        await client.query('COMMIT');
        client.release();
      },
      close: () => pool.end(),
    };
  },
};

const COLUMNS = `SELECT attname AS name FROM pg_attribute
  WHERE attrelid = (?::text)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`;
