import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createRetailSource } from '../../src/demo/retail.ts';
import { createCli } from '../support/cli.ts';
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

/** The id of the task whose segment names a column that the demo data does not have. */
const MISSING_COLUMN_TASK_ID = 12313;

describe('the retail data of the demo', () => {
  it.each([NOW, NOW + 300 * 86_400_000])('has rows for the export tasks of the seeds at %d', async (now) => {
    const exports = await createExports('');
    const exportSourceUrl = createRetailSource(exports.directory, now);
    expect(exportSourceUrl).toBe(join(exports.directory, 'demo-retail.db'));
    for (const { id, chain, trigger, target } of demoExports) {
      const { error, log } = await exports.run({
        chain,
        trigger,
        target,
        context: { exportSourceUrl, now: () => now, runId: String(id) },
      });
      if (id === MISSING_COLUMN_TASK_ID) {
        expect(error?.message).toContain('"app_version", which is not a column of users');
      } else {
        expect({ id, error, log }).toEqual({
          id,
          error: undefined,
          log: [expect.stringMatching(/^info: /)],
        });
      }
    }
  });

  it('is created again at every start, also while a process reads the previous file', async () => {
    const exports = await createExports('');
    const folder = join(exports.directory, 'made');
    for (const now of [NOW, NOW + 86_400_000]) {
      const context = { exportSourceUrl: createRetailSource(folder, now), now: () => now };
      const { text } = await exports.run({ chain: 9, context });
      expect(text).toContain(new Date(now - 3_600_000).toISOString().slice(0, 19));
    }
  });

  const otherFiles: [string, (path: string) => void][] = [
    [
      "another program's database",
      (path) => execute(path, 'CREATE TABLE users (id); INSERT INTO users VALUES (1)'),
    ],
    ['a database with another application_id', (path) => execute(path, 'PRAGMA application_id = 7; VACUUM')],
    [
      'a database with a write-ahead log',
      (path) => execute(path, 'PRAGMA journal_mode = WAL; CREATE TABLE a (x)'),
    ],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a text file', (path) => writeFileSync(path, 'notes')],
    ['a folder', (path) => mkdirSync(path)],
  ];
  it.each(otherFiles)('does not replace %s of the same name or change its mode', async (_, create) => {
    const cli = await createCli();
    const path = join(cli.directory, 'demo-retail.db');
    create(path);
    chmodSync(path, 0o777);
    const before = statSync(path);
    const content = before.isFile() ? readFileSync(path) : undefined;
    await cli.run(['migrate']);
    for (const command of ['work', 'serve']) {
      expect(await cli.run([command, '--demo'], { env: { PORT: '0' } })).toEqual({
        code: 1,
        stdout: '',
        stderr:
          `taskgate: The demo data is written to ${path}, but another file is there, which was not changed; ` +
          'move that file, or set DATABASE_URL to a file in another folder.\n',
      });
    }
    expect(statSync(path)).toMatchObject({ mode: before.mode, ino: before.ino });
    if (content) expect(readFileSync(path)).toEqual(content);
    expect(await cli.run(['work'])).toMatchObject({ code: 0 });
  });

  it.each(['serve', 'work'])('does not replace the database of %s --demo', async (command) => {
    const cli = await createCli();
    await cli.run(['seed'], { database: 'demo-retail' });
    const before = await cli.run(['export', 'services'], { database: 'demo-retail' });
    const failed = await cli.run([command, '--demo'], { database: 'demo-retail', env: { PORT: '0' } });
    expect(failed).toMatchObject({ code: 1 });
    expect(await cli.run(['export', 'services'], { database: 'demo-retail' })).toEqual(before);
  });

  it('replaces the file of an earlier version without an application_id', async () => {
    const exports = await createExports('');
    execute(createRetailSource(exports.directory, NOW), 'PRAGMA application_id = 0');
    expect(() => createRetailSource(exports.directory, NOW)).not.toThrow();
    execute(createRetailSource(exports.directory, NOW), 'PRAGMA application_id = 0; CREATE TABLE mine (x)');
    expect(() => createRetailSource(exports.directory, NOW)).toThrow('another file is there');
  });
});

function execute(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}
