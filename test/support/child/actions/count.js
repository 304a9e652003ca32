// Blocks its thread in an endless query, which cannot be interrupted.
import Database from 'better-sqlite3';

export const count = {
  name: 'count',
  async run() {
    new Database(':memory:')
      .prepare('WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n')
      .get();
  },
};
