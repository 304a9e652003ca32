import { type CommandContext, printJson, say } from './command.ts';
import { startTaskProgress } from './progress.ts';
import { withExistingStore } from './with-store.ts';

const BATCH = 5000;

/**
 * Compares what is kept beside the tasks (the counts of every list and of short terms, the programs and the index of
 * uuids) with the tasks, and prints a JSON line for each count that differs; with `repair`, makes all of it anew.
 * @returns 1 when something differs and was not repaired
 */
export async function check(context: CommandContext, { repair }: { repair: boolean }): Promise<number> {
  return withExistingStore(context, async (store) => {
    // What the index of uuids does not have yet could not be compared.
    while ((await store.index(BATCH)) > 0);
    const progress = startTaskProgress(context);
    const differences = await store.verify(progress.update).finally(progress.stop);
    for (const difference of differences) printJson(context, difference);
    if (differences.length === 0) {
      say(context, 'What is kept beside the tasks agrees with them.');
      return 0;
    }
    if (!repair) {
      say(
        context,
        `${differences.length} counts differ from the tasks; taskgate check --repair makes them anew.`,
      );
      return 1;
    }
    const again = startTaskProgress(context);
    await store.repair(again.update).finally(again.stop);
    say(context, `${differences.length} counts differed from the tasks, and all were made anew.`);
    return 0;
  });
}
