/**
 * Adds a Services task every few milliseconds through the product's store until SIGTERM, then prints `Waits`: how long the
 * writes took, the wait for the lock included. Arguments: the store module of the built product, and the database.
 */
import { generateServicesTasks } from './generate.ts';
import { percentile } from './stats.ts';

/** Milliseconds. */
export interface Waits {
  writes: number;
  median: number;
  longest: number;
}

/** What this script uses of the built product. */
interface Product {
  openStore(path: string): {
    servicesTasks: { add(task: unknown, onConflict: 'skip'): Promise<unknown> };
    close(): Promise<void>;
  };
  parseServicesTask(json: string): object;
}

/** Far above the ids of the import. */
const FIRST_ID = 2 ** 40;
const PAUSE_MS = 5;

const [, , openModule = '', linesModule = '', path = ''] = process.argv;
// Guarantee of the type: the modules are those of the built product, which has these functions.
const product = { ...(await import(openModule)), ...(await import(linesModule)) } as Product;
const store = product.openStore(path);
const [example] = generateServicesTasks(1);
const task = product.parseServicesTask(JSON.stringify(example));
const waits: number[] = [];
let isStopped = false;
process.once('SIGTERM', () => {
  isStopped = true;
});
for (let id = FIRST_ID; !isStopped; id += 1) {
  const began = performance.now();
  await store.servicesTasks.add({ ...task, id }, 'skip');
  waits.push(performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await store.close();
const result: Waits = {
  writes: waits.length,
  median: percentile(waits, 0.5),
  longest: percentile(waits, 1),
};
process.stdout.write(JSON.stringify(result));
