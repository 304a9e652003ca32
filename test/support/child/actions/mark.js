// Appends its start and its end to a file, with a pause between them.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export const mark = {
  name: 'mark',
  async run({ id, target }, { exportsDir, runId, log, signal }) {
    const note = (what) => appendFileSync(join(exportsDir, 'marks'), `${what} ${id} ${runId}\n`);
    note('begin');
    log('info', 'begun');
    await setTimeout(target.takes, undefined, { signal });
    note('end');
    return { result: runId };
  },
};
