import type { ExportFileQueries } from '../queries/export-files.ts';
import type { RecordedEnd } from '../queries/task-runs.ts';
import type { Pool } from './connection.ts';
import { statement } from './statements.ts';

interface FileColumns {
  paths: readonly string[];
  tasks: readonly number[];
  runs: readonly string[];
}

/** A file that belongs to no task and whose run has no lease. */
interface UnownedFile {
  /** Its place in the arrays, from 1. */
  key: number;
  /** The recorded end in the lease of its task, as JSON. */
  recordedEnd: string | null;
}

// One statement, so that both tables come from one snapshot. The owner of a lease begins with the name of its run.
const unowned = statement<FileColumns, UnownedFile>(
  'list-unowned-files',
  `SELECT file.key, lease.recorded_end AS "recordedEnd"
   FROM unnest(:paths::text[], :tasks::bigint[], :runs::text[]) WITH ORDINALITY AS file (path, task, run, key)
   LEFT JOIN services_leases AS lease ON lease.task = file.task
   WHERE NOT EXISTS (SELECT 1 FROM services_files WHERE task = file.task AND path = file.path)
     AND NOT coalesce(starts_with(lease.owner, file.run), false)`,
);

const any = statement<object, object>('any-export-file', 'SELECT 1 FROM services_files LIMIT 1');

/** Creates the queries of the files that export runs write. */
export function createExportFileQueries(pool: Pool): ExportFileQueries {
  return {
    async listUnused(files) {
      const rows = await pool.all(unowned, {
        paths: files.map(({ path }) => path),
        tasks: files.map(({ task }) => task),
        runs: files.map(({ run }) => run),
      });
      const ends = new Map(rows.map(({ key, recordedEnd }) => [key - 1, recordedEnd]));
      return files.filter(({ path }, key) => {
        const recordedEnd = ends.get(key);
        // A recorded end may belong to an earlier run.
        return recordedEnd !== undefined && (recordedEnd === null || fileOf(recordedEnd) !== path);
      });
    },
    hasFiles: async () => (await pool.first(any, {})) !== undefined,
  };
}

/** Returns the file of a recorded end. PostgreSQL cannot read it from JSON that has the escape `\u0000` anywhere. */
function fileOf(recordedEnd: string): string | null {
  const { file }: RecordedEnd = JSON.parse(recordedEnd);
  return file;
}
