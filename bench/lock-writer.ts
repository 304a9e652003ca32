/**
 * Adds a Services task every few milliseconds through the product's store until SIGTERM, then prints `WriteWaits`: the
 * durations of the writes, including the wait for the lock. Argument: the database.
 */
import { generateServicesTasks } from './generate.ts';
import { insertServices, openProductStore } from './product-store.ts';
import { percentile } from './stats.ts';

/** Times in milliseconds. */
export interface WriteWaits {
  writes: number;
  median: number;
  longest: number;
}

/** Above all ids of the import. */
const FIRST_ID = 2 ** 40;
const PAUSE_MS = 5;

const [, , path = ''] = process.argv;
const store = openProductStore(path);
const [example] = generateServicesTasks(1);
if (!example) throw new Error('The generator returned no task.');
const waits: number[] = [];
let isStopped = false;
process.once('SIGTERM', () => {
  isStopped = true;
});
for (let id = FIRST_ID; !isStopped; id += 1) {
  const start = performance.now();
  await insertServices(store, [{ ...example, id }]);
  waits.push(performance.now() - start);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await store.close();
const result: WriteWaits = {
  writes: waits.length,
  median: percentile(waits, 0.5),
  longest: percentile(waits, 1),
};
process.stdout.write(JSON.stringify(result));
