import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRetailSource } from '../../src/commands/retail.ts';
import { createExports } from '../support/exports.ts';
import { NOW } from '../support/gateway.ts';

interface SeedTask {
  id: number;
  chain: number;
  trigger: Record<string, unknown>;
  target: Record<string, unknown>;
}

const tasks: SeedTask[] = JSON.parse(
  await readFile(new URL('../../seeds/services-tasks.json', import.meta.url), 'utf8'),
);
const demoExports = tasks.filter(({ target }) => target.action === 'export');

/** The one whose segment is on a column that the demo does not have; as its task says. */
const WITHOUT_COLUMN = 12313;

describe("the demo's retail data", () => {
  it.each([NOW, NOW + 300 * 86_400_000])(
    'gives rows to the export tasks of the seeds, at %d',
    async (now) => {
      const exports = await createExports('');
      const exportSourceUrl = makeRetailSource(join(exports.directory, 'taskgate.db'), now);
      expect(exportSourceUrl).toBe(join(exports.directory, 'demo-retail.db'));
      for (const { id, chain, trigger, target } of demoExports) {
        const { error, log } = await exports.run({
          chain,
          trigger,
          target,
          context: { exportSourceUrl, now: () => now, runId: String(id) },
        });
        if (id === WITHOUT_COLUMN) {
          expect(error?.message).toContain('"app_version", which is no column of users');
        } else {
          expect({ id, error, log }).toEqual({
            id,
            error: undefined,
            log: [expect.stringMatching(/^info: /)],
          });
        }
      }
    },
  );

  it('is made anew every time, under who still reads the older one too', async () => {
    const exports = await createExports('');
    const database = `file:${join(exports.directory, 'made', 'taskgate.db')}`;
    for (const now of [NOW, NOW + 86_400_000]) {
      const context = { exportSourceUrl: makeRetailSource(database, now), now: () => now };
      const { text } = await exports.run({ chain: 9, context });
      expect(text).toContain(new Date(now - 3_600_000).toISOString().slice(0, 19));
    }
  });
});
