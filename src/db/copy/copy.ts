/** Copies all tables of a database. An interrupted copy continues where it was committed last. */
import { RowDigest } from './digest.ts';
import type { CopyReader, CopyTarget, TableProgress } from './endpoints.ts';
import { COPIED_TABLES } from './tables.ts';

export interface CopyOptions {
  /** Called after each batch: rows done so far, rows in total, and the table. */
  onProgress?: (done: number, total: number, table: string) => void;
  /** Rows of a batch; tests use small batches. */
  batchRows?: number | undefined;
}

const NOTHING: TableProgress = { rows: 0, digest: new RowDigest().hex() };

/**
 * Copies all rows and the sequences.
 * @returns the digest of the rows of each table, as they were read from the source
 * @throws DatabaseError as CopyTarget.begin
 */
export async function copyTables(
  source: CopyReader,
  target: CopyTarget,
  { onProgress = () => {}, batchRows }: CopyOptions = {},
): Promise<Map<string, RowDigest>> {
  const progress = await target.begin(source.location);
  let total = 0;
  for (const table of COPIED_TABLES) total += await source.count(table);
  const digests = new Map<string, RowDigest>();
  let before = 0;

  async function copy(table: string, copied: TableProgress): Promise<RowDigest | undefined> {
    const digest = new RowDigest();
    for await (const rows of source.read(table, { inKeyOrder: true, batchRows })) {
      const known = rows.slice(0, Math.max(0, copied.rows - digest.rows));
      digest.addAll(known);
      // The source has changed since these rows were copied.
      if (known.length > 0 && digest.rows === copied.rows && digest.hex() !== copied.digest) return undefined;
      const added = rows.slice(known.length);
      digest.addAll(added);
      if (added.length > 0) await target.write(table, added, { rows: digest.rows, digest: digest.hex() });
      onProgress(before + digest.rows, total, table);
    }
    return digest.rows < copied.rows ? undefined : digest;
  }

  for (const [index, table] of COPIED_TABLES.entries()) {
    let digest = await copy(table, progress.get(table) ?? NOTHING);
    if (!digest) {
      // Later tables refer to this one, so their rows would be removed with it.
      await target.clear(COPIED_TABLES.slice(index));
      progress.clear();
      digest = (await copy(table, NOTHING)) ?? new RowDigest();
    }
    digests.set(table, digest);
    before += digest.rows;
  }
  await target.setSequences(await source.sequences());
  return digests;
}
