import type Database from 'better-sqlite3';
import type { ExportFileQueries } from '../queries/export-files.ts';

export function createExportFileQueries(sqlite: Database.Database): ExportFileQueries {
  // One statement, so that both tables come from one snapshot. The owner of a lease begins with the name of its run. A
  // recorded end may belong to an earlier run.
  const unused = sqlite
    .prepare<[string], number>(
      `SELECT key FROM json_each(?) AS file
       WHERE NOT EXISTS (SELECT 1 FROM services_files WHERE task = file.value ->> 'task' AND path = file.value ->> 'path')
         AND NOT EXISTS (
           SELECT 1 FROM services_leases
           WHERE task = file.value ->> 'task'
             AND (
               substr(owner, 1, length(file.value ->> 'run')) = file.value ->> 'run'
               OR recorded_end ->> 'file' = file.value ->> 'path'
             )
         )`,
    )
    .pluck();
  const any = sqlite.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM services_files)').pluck();
  return {
    async listUnused(files) {
      const keys = new Set(unused.all(JSON.stringify(files)));
      return files.filter((_, key) => keys.has(key));
    },
    hasFiles: async () => any.get() === 1,
  };
}
