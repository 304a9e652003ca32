import { type CommandContext, printJson, printMessage } from './command.ts';
import { startTaskProgress } from './progress.ts';
import { withExistingStore } from './with-store.ts';

const BATCH = 5000;

/**
 * Compares the derived data (blocks of lists, programs, search blocks and the trigram index) with the tasks, and prints a
 * JSON line for each count that differs; with `repair`, rebuilds it.
 * @returns 1 when something differs and was not repaired
 */
export async function check(context: CommandContext, { repair }: { repair: boolean }): Promise<number> {
  return withExistingStore(context, async (store) => {
    // The trigram index can be compared only once it has every task.
    while ((await store.index(BATCH)) > 0);
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
        `Counts that differ from the tasks: ${differences.length}. taskgate check --repair rebuilds the derived data.`,
      );
      return 1;
    }
    const again = startTaskProgress(context);
    await store.repair(again.update).finally(again.stop);
    printMessage(
      context,
      `Counts that differed from the tasks: ${differences.length}. The derived data was rebuilt.`,
    );
    return 0;
  });
}
