import { type CommandContext, printJson, printMessage } from './command.ts';
import { startTaskProgress } from './progress.ts';
import { withExistingStore } from './with-store.ts';

const INDEX_BATCH_SIZE = 5000;

/**
 * Compares the derived data (list blocks, programs, search blocks, figures, trigram index) with the tasks, and prints each
 * difference as a line of JSON. With `repair`, rebuilds derived data that differs.
 * @returns 1 if something differs and was not repaired
 */
export async function check(context: CommandContext, { repair }: { repair: boolean }): Promise<number> {
  return withExistingStore(context, async (store) => {
    // The trigram index must have every task before it can be compared.
    while ((await store.index(INDEX_BATCH_SIZE)) > 0);
    const progress = startTaskProgress(context);
    const differences = await store.verify(progress.update).finally(progress.stop);
    for (const difference of differences) printJson(context, difference);
    if (differences.length === 0) {
      printMessage(context, 'The derived data agrees with the tasks.');
      return 0;
    }
    if (!repair) {
      printMessage(
        context,
        `Counts that differ from the tasks: ${differences.length}. Run taskgate check --repair to rebuild the derived data.`,
      );
      return 1;
    }
    const repairProgress = startTaskProgress(context);
    await store.repair(repairProgress.update).finally(repairProgress.stop);
    printMessage(
      context,
      `Counts that differed from the tasks: ${differences.length}. The derived data was rebuilt.`,
    );
    return 0;
  });
}
