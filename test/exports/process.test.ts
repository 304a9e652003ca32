import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ACTION_PROCESS_ARGUMENTS } from '../../src/runner/action-pool.ts';
import { aSegment, createExports, type Exports } from '../support/exports.ts';

// Runs the built action in a separate process, with its worker thread.

const EXPORTER = fileURLToPath(new URL('../support/run-export.js', import.meta.url));

/** SQL of a table with wide rows: 150,000 rows have about 100 MB. */
const tableWith = (rows: number) => `
  CREATE TABLE users (id INTEGER PRIMARY KEY, chain_id INTEGER, city TEXT, text TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO users SELECT i, 1, 'Ulm', printf('%0700d', i) FROM n`;

interface ExportOptions {
  format?: 'csv' | 'json';
  segment?: object;
  abortAfterMs?: number;
}

function start({ sourceUrl, exportsDir }: Exports, options: ExportOptions): ChildProcess {
  const argument = JSON.stringify({ sourceUrl, exportsDir, format: 'csv', ...options });
  const child = spawn(process.execPath, [...ACTION_PROCESS_ARGUMENTS, EXPORTER, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Runs an export and returns the report of its process. */
async function runInProcess(exports: Exports, options: ExportOptions) {
  const { stdout } = start(exports, options);
  if (!stdout) throw new Error('The process has no stdout.');
  return JSON.parse((await textOf(stdout)).split('\n')[1] ?? '');
}

describe('an export in its own process', () => {
  it.each(['csv', 'json'] as const)('writes 100 MB of %s in constant memory', async (format) => {
    const small = await runInProcess(await createExports(tableWith(100)), { format });
    const exports = await createExports(tableWith(150_000));
    const large = await runInProcess(exports, { format });
    expect(large.log).toEqual(['info: Wrote all 150000 rows of users.']);
    const { size } = await stat(join(exports.exportsDir, large.file));
    expect(size).toBeGreaterThan(100e6);
    expect(large.mostMegabytes - small.mostMegabytes).toBeLessThan(80);
  });

  it.each([
    ['json', 'text beyond Latin-1', "replace(printf('%0550000d', i), '0', '証')"],
    ['csv', 'blobs', 'zeroblob(1100000)'],
  ] as const)(
    'writes 200 rows of 1 MB as %s (%s) in the memory of 10 rows',
    async (format, _, cell) => {
      const rows = (count: number) => `CREATE VIEW users AS
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT i AS id, 1 AS chain_id, ${cell} AS text FROM n`;
      const small = await runInProcess(await createExports(rows(10)), { format });
      const large = await runInProcess(await createExports(rows(200)), { format });
      expect(large.log).toEqual(['info: Wrote all 200 rows of users.']);
      expect(large.mostMegabytes - small.mostMegabytes).toBeLessThan(80);
    },
    60_000,
  );

  it('names the row that is too large', async () => {
    const exports = await createExports(`CREATE TABLE users (chain_id, text);
      INSERT INTO users VALUES (1, ''), (1, zeroblob(40000000))`);
    expect(await runInProcess(exports, {})).toMatchObject({
      type: 'ActionError',
      error: 'Row 2 of the export has 77 MB; a row may have up to 64 MB.',
    });
    expect(await exports.files()).toEqual([]);
  });

  it('measures a row as it is encoded: a control character has six bytes in JSON and one in CSV', async () => {
    const exports = await createExports(
      "CREATE VIEW users AS SELECT 1 AS chain_id, replace(printf('%012000000d', 0), '0', char(1)) AS text",
    );
    expect(await runInProcess(exports, { format: 'json' })).toMatchObject({
      type: 'ActionError',
      error: 'Row 1 of the export has 69 MB; a row may have up to 64 MB.',
    });
    expect(await runInProcess(exports, { format: 'csv' })).toMatchObject({
      log: ['info: Wrote all 1 row of users.'],
    });
  });

  it('reports an error in the segment of the task', async () => {
    const exports = await createExports('CREATE TABLE users (chain_id, town)');
    expect(await runInProcess(exports, { segment: aSegment() })).toMatchObject({
      type: 'ActionError',
      error:
        'The segment has a rule on "city", which is not a column of users; the columns are chain_id and town.',
    });
    expect(await exports.files()).toEqual([]);
  });

  it('stops within three seconds when it is aborted, and leaves no file', async () => {
    const exports = await createExports(tableWith(150_000));
    const { error, ms } = await runInProcess(exports, { abortAfterMs: 300 });
    expect(error).toBe('stopped');
    expect(ms).toBeLessThan(3000);
    expect(await exports.files()).toEqual([]);
  });

  it('leaves only an unfinished file when it is killed', async () => {
    const exports = await createExports(tableWith(150_000));
    const child = start(exports, {});
    await vi.waitUntil(async () => (await exports.files()).length > 0, { timeout: 10_000, interval: 5 });
    await setTimeout(100);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await exports.files()).toEqual([`unfinished/1-7-${child.pid}.csv`]);
  });
});
