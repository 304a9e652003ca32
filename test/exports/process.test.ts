import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { aSegment, createExports, type Exports } from '../support/exports.ts';

// The built action in a process and thread of its own: what the sources, which have no thread, cannot show.

const EXPORTER = fileURLToPath(new URL('../support/run-export.js', import.meta.url));

/** Many wide rows: a hundred million characters at 150,000. */
const filled = (rows: number) => `
  CREATE TABLE users (id INTEGER PRIMARY KEY, chain_id INTEGER, city TEXT, text TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO users SELECT i, 1, 'Ulm', printf('%0700d', i) FROM n`;

interface Wish {
  format?: 'csv' | 'json';
  segment?: object;
  abortAfterMs?: number;
}

function start({ sourceUrl, exportsDir }: Exports, wish: Wish): ChildProcess {
  const wished = JSON.stringify({ sourceUrl, exportsDir, format: 'csv', ...wish });
  const child = spawn(process.execPath, [EXPORTER, wished], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function end(exports: Exports, wish: Wish) {
  const { stdout } = start(exports, wish);
  if (!stdout) throw new Error('The process has no stdout.');
  return JSON.parse((await textOf(stdout)).split('\n')[1] ?? '');
}

describe('the built export', () => {
  it.each(['csv', 'json'] as const)('writes a hundred megabytes of %s in flat memory', async (format) => {
    const few = await end(await createExports(filled(100)), { format });
    const exports = await createExports(filled(150_000));
    const many = await end(exports, { format });
    expect(many.log).toEqual(['info: Wrote all 150000 rows of users.']);
    const { size } = await stat(join(exports.exportsDir, many.file));
    expect(size).toBeGreaterThan(100e6);
    expect(many.mostMegabytes - few.mostMegabytes).toBeLessThan(80);
  });

  it.each([
    ['json', 'text beyond Latin-1', "replace(printf('%0550000d', i), '0', '証')"],
    ['csv', 'blobs', 'zeroblob(1100000)'],
  ] as const)(
    'writes 200 rows of a megabyte as %s (%s) in the memory of a few',
    async (format, _, cell) => {
      const rows = (count: number) => `CREATE VIEW users AS
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT i AS id, 1 AS chain_id, ${cell} AS text FROM n`;
      const few = await end(await createExports(rows(10)), { format });
      const many = await end(await createExports(rows(200)), { format });
      expect(many.log).toEqual(['info: Wrote all 200 rows of users.']);
      expect(many.mostMegabytes - few.mostMegabytes).toBeLessThan(80);
    },
    60_000,
  );

  it('says which row is too large', async () => {
    const exports = await createExports(`CREATE TABLE users (chain_id, text);
      INSERT INTO users VALUES (1, ''), (1, zeroblob(40000000))`);
    expect(await end(exports, {})).toMatchObject({
      type: 'ActionError',
      error: 'Row 2 of the export has 77 MB; a row may have up to 64 MB.',
    });
    expect(await exports.files()).toEqual([]);
  });

  it('counts what a row takes in the file: a control character takes six bytes in JSON, one in CSV', async () => {
    const exports = await createExports(
      "CREATE VIEW users AS SELECT 1 AS chain_id, replace(printf('%012000000d', 0), '0', char(1)) AS text",
    );
    expect(await end(exports, { format: 'json' })).toMatchObject({
      type: 'ActionError',
      error: 'Row 1 of the export has 69 MB; a row may have up to 64 MB.',
    });
    expect(await end(exports, { format: 'csv' })).toMatchObject({ log: ['info: Wrote all 1 row of users.'] });
  });

  it('says what is wrong with a task', async () => {
    const exports = await createExports('CREATE TABLE users (chain_id, town)');
    expect(await end(exports, { segment: aSegment() })).toMatchObject({
      type: 'ActionError',
      error:
        'The segment has a rule on "city", which is not a column of users; the columns are chain_id and town.',
    });
    expect(await exports.files()).toEqual([]);
  });

  it('ends soon when it is stopped, in the middle of the rows, and leaves no file', async () => {
    const exports = await createExports(filled(150_000));
    const { error, ms } = await end(exports, { abortAfterMs: 300 });
    expect(error).toBe('stopped');
    expect(ms).toBeLessThan(3000);
    expect(await exports.files()).toEqual([]);
  });

  it('leaves nothing under a final name when it is killed', async () => {
    const exports = await createExports(filled(150_000));
    const child = start(exports, {});
    await vi.waitUntil(async () => (await exports.files()).length > 0, { timeout: 10_000, interval: 5 });
    await setTimeout(100);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await exports.files()).toEqual([`unfinished/1-7-${child.pid}.csv`]);
  });
});
