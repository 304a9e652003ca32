import type pg from 'pg';

/** Returns the last id that a sequence has assigned; 0 for none. */
export async function lastIdOf(client: pg.Client, sequence: string): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM ${sequence}`,
  );
  return rows[0]?.last ?? 0;
}

/** Makes a sequence continue after an id; from its beginning after 0. */
export async function setLastId(client: pg.Client, sequence: string, last: number): Promise<void> {
  await client.query('SELECT setval($1, greatest($2::bigint, 1), $2::bigint > 0)', [sequence, last]);
}
