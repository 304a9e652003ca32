/** Compares the search blocks with the tasks. */
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import type { Difference } from '../../store.ts';
import type { Connection } from '../connection.ts';
import { createBlockReader } from './block-reader.ts';
import { readCountedTasks } from './counted-tasks.ts';
import { createProgramNGrams } from './program-n-grams.ts';
import { addTask } from './search-blocks.ts';

/**
 * Compares every block with the tasks that it counts, in the caller's snapshot. The sizes of a difference can be equal:
 * other counts of the block differ then.
 */
export async function verifySearchBlocks(connection: Connection): Promise<Difference[]> {
  const blocks = await createBlockReader()(connection);
  const nGrams = createProgramNGrams(connection);
  const differences: Difference[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const tasks = await readCountedTasks(connection, blocks.rangeOf(index), null);
    await nGrams.load(tasks.map(({ programId }) => programId));
    const actual = new SearchBlockCounter();
    for (const task of tasks) addTask(actual, nGrams, task, 1);
    const kept = new SearchBlockCounter(blocks.at(index).block);
    if (kept.equals(actual)) continue;
    const what = `search block ${index + 1} of ${blocks.length}`;
    differences.push({ what, kept: kept.size, actual: actual.size });
  }
  return differences;
}
