import type Database from 'better-sqlite3';
import { FROZEN_MESSAGE } from '../copy/frozen.ts';
import { unfinishedCopy } from '../copy/refusals.ts';
import { COPIED_TABLES } from '../copy/tables.ts';
import { connect } from './connection.ts';
import { filePath } from './database-url.ts';
import { FROZEN_PREFIX, listFrozenTriggers } from './frozen-triggers.ts';
import { isUnfinishedCopy, requireMigrated } from './migrate.ts';

/** Makes a database file refuse changes, also by processes that have it open. Waits for a writer. @throws DatabaseError */
export function freeze(databaseUrl: string): void {
  inTransaction(databaseUrl, (sqlite) => {
    requireMigrated(sqlite);
    if (isUnfinishedCopy(sqlite)) throw unfinishedCopy(sqlite.name);
    if (listFrozenTriggers(sqlite).length > 0) return;
    for (const table of COPIED_TABLES) {
      for (const change of ['INSERT', 'UPDATE', 'DELETE'])
        sqlite.exec(
          `CREATE TRIGGER ${FROZEN_PREFIX}${table}_${change.toLowerCase()} BEFORE ${change} ON ${table}
           BEGIN SELECT RAISE(ABORT, '${FROZEN_MESSAGE}'); END`,
        );
    }
  });
}

/** Lets a database file be changed again. @returns false if it was not frozen @throws DatabaseError */
export function unfreeze(databaseUrl: string): boolean {
  return inTransaction(databaseUrl, (sqlite) => {
    const triggers = listFrozenTriggers(sqlite);
    for (const trigger of triggers) sqlite.exec(`DROP TRIGGER ${trigger}`);
    return triggers.length > 0;
  });
}

function inTransaction<T>(databaseUrl: string, work: (sqlite: Database.Database) => T): T {
  const sqlite = connect(filePath(databaseUrl), { mustExist: true });
  try {
    return sqlite.transaction(() => work(sqlite)).immediate();
  } finally {
    sqlite.close();
  }
}
