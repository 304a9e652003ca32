/** The rows of a batch that `readBatches` yields. */
export const BATCH_SIZE = 500;

/** Yields batches of rows until there are no more. @param readAfter returns the rows after a row, or the first rows */
export async function* readBatches<Row>(
  readAfter: (last: Row | undefined) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let rows = await readAfter(undefined); rows.length > 0; rows = await readAfter(rows.at(-1)))
    yield rows;
}
