// Copies DATABASE_URL into a migrated target in small batches, and ends as if by `kill -9` at the step that the arguments name.
import { copyTables } from '../../../dist/db/copy/copy.js';
import { openCopyReader, openCopyTarget, openStore } from '../../../dist/db/open.js';

const [targetUrl, step, number = '0'] = process.argv.slice(2);
const kill = () => process.kill(process.pid, 'SIGKILL');
const source = await openCopyReader(process.env.DATABASE_URL);
const target = await openCopyTarget(targetUrl);
let batches = 0;

/** Rows that end the process while they are written: half of them, for a dialect that writes them one by one. */
function deadlyRows(rows) {
  setImmediate(kill);
  rows[Symbol.iterator] = function* () {
    for (let index = 0; index < rows.length / 2; index += 1) yield rows[index];
    kill();
  };
  return rows;
}

await copyTables(
  source,
  {
    ...target,
    write: (table, rows, progress) =>
      target.write(
        table,
        step === 'during' && batches === Number(number) ? deadlyRows(rows) : rows,
        progress,
      ),
  },
  {
    batchRows: 3,
    onProgress() {
      batches += 1;
      if (step === 'after' && batches === Number(number)) kill();
    },
  },
);
if (step === 'copied') kill();
await target.close();
const store = openStore(targetUrl, { isCopyTarget: true });
await store.repair(() => {
  if (step === 'rebuilding') kill();
});
if (step === 'rebuilt') kill();
process.stdout.write(String(batches));
