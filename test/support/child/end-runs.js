// Claims and finishes runs of a task `count` times, through its own store of the built program.
import { openStore } from '../../../dist/db/open.js';

const [file, chain, id, count] = process.argv.slice(2);
const store = openStore(file);
for (let n = 1; n <= Number(count); n += 1) {
  const run = `run-${n}`;
  await store.taskRuns.claim(Number(chain), Number(id), ['export'], { run, leaseMs: 60_000 });
  const logs = [{ time: n, level: 'info', message: 'The run ended.' }];
  await store.taskRuns.finish(Number(id), run, { status: 'DONE', result: null, file: null, logs, now: n });
}
await store.close();
