import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { parseHdpTask } from '../../src/ndjson/task-lines.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { exportTasks, HDP_LINE, hdpLine, summary, toNdjson } from '../support/import-lines.ts';
import { ulid } from '../support/tasks.ts';

describe('taskgate import of a slow input', () => {
  /** Returns more bytes than all buffers before the import hold. Once they are consumed, the import is reading. */
  const manyLines = (from: number) =>
    Buffer.from(toNdjson(...Array.from({ length: 2000 }, (_, n) => hdpLine({ uuid: ulid(from + n) }))));

  /** Inserts a task through another connection. Fails if the database stays locked for five seconds. */
  async function insertTask(cli: Cli, uuid: string) {
    const store = openStore(cli.databaseUrl());
    const task = parseHdpTask(hdpLine({ uuid, programName: 'meanwhile' }));
    await store.hdpTasks.add(task, 'error').finally(() => store.close());
  }

  it.each([{ options: [] }, { options: ['--on-conflict', 'replace'] }, { options: ['--keep-going'] }])(
    'lets other connections write while standard input is open, with $options',
    async ({ options }) => {
      const cli = await createCli();
      async function* slow() {
        yield manyLines(0);
        await insertTask(cli, ulid(9000));
        yield manyLines(2000);
        await insertTask(cli, ulid(9001));
      }
      const args = ['import', 'hdp', '-', ...options];
      const { code, stdout, stderr } = await cli.run(args, { stdin: slow() });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 4000, inserted: 4000 })]);
      expect(await exportTasks(cli, 'hdp')).toHaveLength(4002);
    },
  );

  it('lets other connections write while a named pipe is open', async () => {
    const cli = await createCli();
    const pipe = join(cli.directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = cli.run(['import', 'hdp', pipe]);
    const writer = await open(pipe, 'w');
    await writer.writeFile(manyLines(0));
    await insertTask(cli, ulid(9000));
    await writer.writeFile(manyLines(2000));
    await writer.close();
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 4000, inserted: 4000 })]);
  });

  it('reports the first bad line without reading the rest of the input', async () => {
    const cli = await createCli();
    async function* endless() {
      yield Buffer.from(toNdjson(hdpLine({ uuid: ulid(1) }), '{}', '[]'));
      for (;;) yield manyLines(2);
    }
    const { code, stderr } = await cli.run(['import', 'hdp', '-'], { stdin: endless() });
    expect(code).toBe(1);
    expect(stderr).toContain('Line 2: uuid is missing');
    expect(await exportTasks(cli, 'hdp')).toEqual([]);
  });

  it('reports a conflict before a bad line that follows it', async () => {
    const cli = await createCli();
    const stdin = toNdjson(HDP_LINE, HDP_LINE, '{}');
    expect((await cli.run(['import', 'hdp', '-'], { stdin })).stderr).toContain('Line 2: uuid');
    const file = await cli.file('tasks.ndjson', stdin);
    expect((await cli.run(['import', 'hdp', file])).stderr).toContain('Line 2: uuid');
  });
});
