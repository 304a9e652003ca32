// With `--import`: appends a line to the file RECORDS for each module of Drizzle that is loaded, and for each import between
// two of its modules that Node.js itself resolves.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const DRIZZLE = '/node_modules/drizzle-orm/';

const record = (...words) => appendFileSync(process.env.RECORDS, `${words.join(' ')}\n`);

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith('.') && context.parentURL?.includes(DRIZZLE)) record('resolve', specifier);
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    if (url.includes(DRIZZLE)) record('load', url, context.format);
    return nextLoad(url, context);
  },
});
