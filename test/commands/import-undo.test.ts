import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import type { ImportedTask, TaskImport } from '../../src/db/queries/imports.ts';
import { type AddResult, UnfinishedImportError } from '../../src/db/store.ts';
import { parseHdpTask, parseServicesTask } from '../../src/ndjson/task-lines.ts';
import { createCli, parseNdjson } from '../support/cli.ts';
import { it, type Sandbox } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { isPostgres } from '../support/stores.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

/** More lines than an import reads until a test reacts to its first batch. */
const MANY = 14_000;

/** Enough lines that a process is still busy when it is killed after its first batch. */
const MANY_MORE = 20_000;

interface Kind {
  api: string;
  signal: NodeJS.Signals;
  code: number;
  line(n: number): string;
  add(store: Store, n: number): Promise<AddResult>;
  identity(n: number): string;
  start(store: Store, isAtomic: boolean): StartedImport;
}

/** An import whose batches have one task each. It does not reach the last one. */
interface StartedImport {
  addBatch(n: number): Promise<ImportedTask[]>;
  isBlocked(): Promise<boolean>;
  undo(): Promise<void>;
}

const started = <Task>(tasks: TaskImport<Task>, taskOf: (n: number) => Task): StartedImport => ({
  addBatch: (n) => tasks.addBatch([taskOf(n)], false),
  isBlocked: tasks.isBlocked,
  undo: tasks.undo,
});

const services: Kind = {
  api: 'services',
  signal: 'SIGINT',
  code: 130,
  line: (n: number) => JSON.stringify(aServicesTask({ id: n + 10 })),
  add: (store: Store, n: number) =>
    store.servicesTasks.add(parseServicesTask(JSON.stringify(aServicesTask({ id: n + 10 }))), 'error'),
  identity: (n: number) => `id ${n + 10}`,
  start: ({ imports }, isAtomic) =>
    started(imports.services({ isAtomic, onConflict: 'error' }), (n) => parseServicesTask(services.line(n))),
};

const hdp: Kind = {
  api: 'hdp',
  signal: 'SIGTERM',
  code: 143,
  line: (n: number) => JSON.stringify(anHdpTask({ uuid: ulid(n + 10) })),
  add: (store: Store, n: number) =>
    store.hdpTasks.add(parseHdpTask(JSON.stringify(anHdpTask({ uuid: ulid(n + 10) }))), 'error'),
  identity: (n: number) => `uuid ${ulid(n + 10)}`,
  start: ({ imports }, isAtomic) =>
    started(imports.hdp({ isAtomic, onConflict: 'error' }), (n) => parseHdpTask(hdp.line(n))),
};

const linesOf = ({ line }: Kind, from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${line(from + n)}\n`).join('');

/** Ends the leases of unfinished imports, as after a minute. */
async function endLeases(databaseUrl: string): Promise<void> {
  const connection = await openRawConnection(databaseUrl);
  await connection.exec('UPDATE imports SET until = 1');
  await connection.close();
}

/** Runs `then` once another connection sees that the import has committed a batch. */
async function afterFirstBatch(
  kind: Kind,
  store: Store,
  then: () => Promise<unknown> | unknown,
): Promise<void> {
  const other = kind.start(store, true);
  await vi.waitUntil(other.isBlocked, { timeout: 15_000, interval: 1 });
  await then();
}

/** Creates a database with one task, and a file of many others. */
async function open(kind: Kind) {
  const cli = await createCli();
  await cli.run(['import', kind.api, '-'], { stdin: kind.line(MANY + 5) });
  const file = await cli.file('tasks.ndjson', linesOf(kind, 0, MANY));
  const store = openStore(cli.databaseUrl());
  const exportTasks = async () => (await cli.run(['export', kind.api])).stdout;
  return { cli, file, store, exportTasks, before: await exportTasks() };
}

describe.each([services, hdp])('taskgate import of many $api tasks', (kind) => {
  it('is undone when another process inserts a task with the same id meanwhile', async () => {
    const { cli, file, store, exportTasks, before } = await open(kind);
    const last = MANY - 1;
    const [{ code, stdout, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file]),
      afterFirstBatch(kind, store, () => kind.add(store, last)),
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: Line ${MANY}: ${kind.identity(last)} already exists. Nothing was imported.\n`,
    });
    expect(parseNdjson(await exportTasks())).toEqual(parseNdjson(`${kind.line(last)}\n${before}`));
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('is undone by a stop signal', async () => {
    const { cli, file, store, exportTasks, before } = await open(kind);
    let interrupt = (_: NodeJS.Signals) => {};
    const [{ code, stdout, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file], {
        onStopSignal: (listener) => {
          interrupt = listener;
        },
      }),
      afterFirstBatch(kind, store, () => interrupt(kind.signal)),
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: kind.code,
      stdout: '',
      stderr: `taskgate: The import was interrupted by ${kind.signal}. Nothing was imported.\n`,
    });
    expect((await exportTasks()) === before).toBe(true);
    await store.close();
  });

  it('is undone if a line has changed and is bad after it was checked', async () => {
    const { cli, file, store, exportTasks, before } = await open(kind);
    const [{ code, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file]),
      afterFirstBatch(kind, store, () => writeFileSync(file, 'x'.repeat(20_000_000), { flag: 'r+' })),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^taskgate: Line \d+: .*\. Nothing was imported\.\n$/);
    expect((await exportTasks()) === before).toBe(true);
    await store.close();
  });
});

describe('taskgate import in a process', () => {
  const kind = services;

  /** Creates a database with one task, and a file of others for several batches. */
  async function openFor({ databaseUrl }: { databaseUrl: string }) {
    const cli = await createCli();
    const env = { DATABASE_URL: databaseUrl };
    await cli.run(['import', kind.api, '-'], { env, stdin: kind.line(MANY_MORE) });
    const exportTasks = () => cli.run(['export', kind.api], { env, now: Date.now() });
    const file = await cli.file('tasks.ndjson', linesOf(kind, 0, MANY_MORE));
    return { exportTasks, file, before: (await exportTasks()).stdout };
  }

  it('is undone after kill -9, by the first command after its lease', async ({ sandbox }) => {
    const { exportTasks, file, before } = await openFor(sandbox);
    const store = openStore(sandbox.databaseUrl);
    const child = sandbox.start(['import', kind.api, file]);
    await afterFirstBatch(kind, store, () => child.kill('SIGKILL'));
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    // The import may still be running, so its tasks are kept.
    expect((await exportTasks()).stdout.length).toBeGreaterThan(before.length);
    await endLeases(sandbox.databaseUrl);
    const { stdout, stderr } = await exportTasks();
    expect(stdout === before).toBe(true);
    expect(stderr).toMatch(/^Removed \d+ tasks of an import that was killed\.\n$/);
    expect((await exportTasks()).stderr).toBe('');
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it.skipIf(isPostgres())(
    'is undone if the disk is full, by the next command at the latest',
    async ({ sandbox }) => {
      const { exportTasks, file, before } = await openFor(sandbox);
      // In kilobytes, as bash counts: a first batch fits, all batches do not.
      const { stderr } = await sandbox.shell(
        `bash -c "ulimit -f 4000; exec '${process.execPath}' dist/cli.js import ${kind.api} '${file}'"`,
      );
      expect(stderr).toMatch(
        /^taskgate: The database cannot be used right now: .*\. (Nothing was imported\.|The tasks .* removes them\.)\n$/,
      );
      await endLeases(sandbox.databaseUrl);
      expect((await exportTasks()).stdout === before).toBe(true);
    },
  );
});

describe('taskgate import whose lease expired while it was paused', () => {
  it('fails because another process has undone it', async () => {
    const { cli, file, store, exportTasks, before } = await open(services);
    const [{ code, stderr }] = await Promise.all([
      cli.run(['import', services.api, file]),
      afterFirstBatch(services, store, async () => {
        await endLeases(cli.databaseUrl());
        await store.imports.removeAbandoned();
      }),
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'taskgate: The import was undone by another process, because it made no progress for a minute. ' +
        'Nothing was imported.\n',
    });
    expect((await exportTasks()) === before).toBe(true);
    await store.close();
  });
});

describe.each([services, hdp])('taskgate import of $api tasks while another import is unfinished', (kind) => {
  const waiting =
    'Waiting for another import of the same API to end. If it was killed, its tasks are removed a minute after its last batch.\n';

  /** Creates the database of an interrupted import, and an input with its tasks and others. */
  async function openUnfinished(sandbox: Sandbox) {
    const cli = await createCli();
    const env = { DATABASE_URL: sandbox.databaseUrl };
    const store = openStore(sandbox.databaseUrl);
    onTestFinished(() => store.close());
    await store.migrate();
    const unfinished = kind.start(store, true);
    for (const n of [3, 4, 5]) await unfinished.addBatch(n);
    const importAll = (...options: string[]) =>
      cli.run(['import', kind.api, '-', ...options], {
        env,
        now: Date.now(),
        stdin: linesOf(kind, 0, 10),
      });
    const exportTasks = () => cli.run(['export', kind.api], { env, now: Date.now() });
    return { store, importAll, exportTasks };
  }

  it.for(['', '--on-conflict skip', '--on-conflict replace', '--keep-going'])(
    'waits for its end, and keeps what it has added itself: %s',
    async (options, { sandbox }) => {
      const { store, importAll, exportTasks } = await openUnfinished(sandbox);
      const [{ code, stdout, stderr }] = await Promise.all([
        importAll(...options.split(' ').filter(Boolean)),
        setTimeout(400).then(() => endLeases(sandbox.databaseUrl)),
      ]);
      expect({ code, summary: JSON.parse(stdout) }).toMatchObject({
        code: 0,
        summary: { inserted: 10, replaced: 0, skipped: 0 },
      });
      expect(stderr).toMatch(new RegExp(`^${waiting}Removed 3 tasks of an import that was killed.\n$`));
      const later = await exportTasks();
      expect(parseNdjson(later.stdout)).toHaveLength(10);
      expect(later.stderr).toBe('');
      expect(await store.verify()).toEqual([]);
    },
  );

  it('inserts nothing while a later import is unfinished', async ({ sandbox }) => {
    const store = openStore(sandbox.databaseUrl);
    onTestFinished(() => store.close());
    await store.migrate();
    const [first, second] = [kind.start(store, false), kind.start(store, true)];
    expect(await first.addBatch(1)).toEqual([{ added: 'inserted' }]);
    await second.addBatch(2);
    await expect(first.addBatch(3)).rejects.toThrow(UnfinishedImportError);
    expect(await Promise.all([first.isBlocked(), second.isBlocked()])).toEqual([true, false]);
    await second.addBatch(4);
    await second.undo();
    expect(await first.isBlocked()).toBe(false);
    expect(await first.addBatch(2)).toEqual([{ added: 'inserted' }]);
    expect(await store.verify()).toEqual([]);
  });
});
