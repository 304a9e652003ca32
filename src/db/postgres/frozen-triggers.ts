import type pg from 'pg';

/** The name of the triggers of a frozen database, and of their function. */
export const FROZEN_TRIGGER = 'taskgate_frozen';

/** True if the database refuses changes. */
export async function isFrozenDatabase(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_proc WHERE proname = '${FROZEN_TRIGGER}'
     AND pronamespace = to_regnamespace(current_schema())`,
  );
  return rowCount !== null && rowCount > 0;
}
