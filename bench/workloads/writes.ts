/** Another process writes while clients poll, and every answer must be true. */
import { join } from 'node:path';
import { APIS, startTaskgate, withServers } from '../contestants.ts';
import { copyDatabase, removeDatabase } from '../dataset.ts';
import { script } from '../paths.ts';
import { runInBackground } from '../processes.ts';
import { count, ms } from '../stats.ts';
import type { Written } from '../writer.ts';
import { checkFreshness, type Freshness } from './freshness.ts';
import { type Disturbed, latencyGoals, latencyTable, measureDisturbed } from './latency.ts';
import type { Workload } from './workload.ts';

const PER_SECOND = 500;

export const writes: Workload = {
  name: 'writes',
  async run(bench) {
    // A copy: what is written must not stay in the data set.
    const database = join(bench.scratch, 'written.db');
    copyDatabase(bench.dataset.taskgate, database);
    try {
      return await withServers([() => startTaskgate(bench, { database })], async (taskgate) => {
        const found: Disturbed[] = [];
        const written: Written[] = [];
        const freshness: Freshness = { checked: 0, exact: 0, wrong: [] };
        for (const api of APIS) {
          const disturb = async (over: Promise<unknown>) => {
            const args = [script('writer.js'), database, String(PER_SECOND)];
            const writer = runInBackground(process.execPath, args, { keepOutput: true });
            await Promise.race([
              checkFreshness(bench, taskgate, api, database, over, freshness),
              writer.failed,
            ]);
            written.push(JSON.parse(await writer.stop()));
          };
          found.push(...(await measureDisturbed(bench, taskgate, api, disturb)));
        }
        const { checked, exact, wrong } = freshness;
        return {
          title: 'writes: polls while another process writes',
          tables: [latencyTable(found, 'writing')],
          notes: [
            writerNote(written),
            `${count(checked)} answers compared with the data just before and just after: ${count(exact)} came while nothing changed and had to be equal, the others had to lie between; ${wrong.length} were wrong.`,
            ...wrong.slice(0, 3),
          ],
          goals: [
            ...latencyGoals('writes', found, 3),
            {
              work: 'writes: true answers',
              goal: 'every one',
              measured: `${wrong.length} wrong of ${count(checked)}`,
              met: checked > 0 && wrong.length === 0,
            },
          ],
        };
      });
    } finally {
      removeDatabase(database);
    }
  },
};

function writerNote(written: readonly Written[]): string {
  const sum = (value: (one: Written) => number) => written.reduce((total, one) => total + value(one), 0);
  const rate = (value: (one: Written) => number) => count(sum(value) / sum(({ seconds }) => seconds));
  const slowest = Math.max(...written.map(({ slowestMs }) => slowestMs));
  return `The writer made ${rate(({ inserts }) => inserts)} inserts and ${rate(({ changes }) => changes)} status changes a second, half of each kind of task, each in a transaction of its own; the slowest took ${ms(slowest)} ms.`;
}
