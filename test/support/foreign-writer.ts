/** Changes a database file as another program does, with or without the guard. */
import { execFileSync } from 'node:child_process';
import Database from 'better-sqlite3';
import { passGuard } from '../../src/db/sqlite/guard.ts';

export const hasShell = (() => {
  try {
    execFileSync('sqlite3', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

type RunSql = (file: string, statements: string) => void;

const runByDriver: RunSql = (file, statements) => {
  const db = new Database(file);
  try {
    db.exec(statements);
  } finally {
    db.close();
  }
};

const runByShell: RunSql = (file, statements) =>
  void execFileSync('sqlite3', ['-bail', file, statements], { stdio: 'pipe' });

/** Other programs: their name and a function that runs SQL in them. */
export const foreignWriters: [string, RunSql][] = [
  ['another connection', runByDriver],
  ...(hasShell ? [['the sqlite3 shell', runByShell] satisfies [string, RunSql]] : []),
];

/** Runs SQL past the guard, for states that no command creates. Does not update the derived data. */
export function runPastGuard(file: string, statements: string): void {
  const db = new Database(file);
  try {
    passGuard(db);
    db.exec(statements);
  } finally {
    db.close();
  }
}
