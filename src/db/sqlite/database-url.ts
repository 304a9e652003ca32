import { parsePath } from '../../lib/path-variable.ts';
import { DatabaseError } from '../store.ts';

/** Returns the path of a database URL. @throws DatabaseError if it names no file */
export function filePath(databaseUrl: string): string {
  // A path is used as it is: it may come from a URL, in which `%24` stands for a `$` that a variable must not have.
  if (databaseUrl !== '' && !/^file:/i.test(databaseUrl)) return databaseUrl;
  const result = parsePath(databaseUrl, 'database');
  if ('path' in result) return result.path;
  throw new DatabaseError(`The URL of the database ${result.problem}.`);
}
