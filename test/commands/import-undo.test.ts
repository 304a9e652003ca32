import { writeFileSync } from 'node:fs';
import { describe, expect, vi } from 'vitest';
import { parseHdpTask, parseServicesTask } from '../../src/commands/task-lines.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import { createCli, valuesOf } from '../support/cli.ts';
import { it } from '../support/process.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

/** Enough lines for several batches. */
const MANY = 12_000;

const LEASE_MS = 60_000;

const kinds = [
  {
    api: 'services',
    line: (n: number) => JSON.stringify(aServicesTask({ id: n + 10 })),
    add: (store: Store, n: number) =>
      store.servicesTasks.add(parseServicesTask(JSON.stringify(aServicesTask({ id: n + 10 }))), 'error'),
    identity: (n: number) => `id ${n + 10}`,
  },
  {
    api: 'hdp',
    line: (n: number) => JSON.stringify(anHdpTask({ uuid: ulid(n + 10) })),
    add: (store: Store, n: number) =>
      store.hdpTasks.add(parseHdpTask(JSON.stringify(anHdpTask({ uuid: ulid(n + 10) }))), 'error'),
    identity: (n: number) => `uuid ${ulid(n + 10)}`,
  },
];

const linesOf = ({ line }: (typeof kinds)[number], from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${line(from + n)}\n`).join('');

/** Runs `then` once another connection sees that the import has committed a batch. */
async function afterFirstBatch(store: Store, then: () => Promise<unknown> | unknown): Promise<void> {
  const before = store.dataVersion();
  await vi.waitUntil(() => store.dataVersion() !== before, { timeout: 15_000, interval: 1 });
  await then();
}

/** A database with one task, and a file of many others. */
async function open(kind: (typeof kinds)[number]) {
  const cli = await createCli();
  await cli.run(['import', kind.api, '-'], { stdin: kind.line(MANY + 5) });
  const file = await cli.file('tasks.ndjson', linesOf(kind, 0, MANY));
  const store = openStore(cli.databaseUrl());
  const exported = async () => (await cli.run(['export', kind.api])).stdout;
  return { cli, file, store, exported, before: await exported() };
}

describe.each(kinds)('taskgate import of many $api tasks', (kind) => {
  it('is undone when another process adds a task of the same identity meanwhile', async () => {
    const { cli, file, store, exported, before } = await open(kind);
    const last = MANY - 1;
    const [{ code, stdout, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file]),
      afterFirstBatch(store, () => kind.add(store, last)),
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: Line ${MANY}: ${kind.identity(last)} is already there. Nothing was imported.\n`,
    });
    expect(valuesOf(await exported())).toEqual(valuesOf(`${kind.line(last)}\n${before}`));
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('is undone by SIGINT and SIGTERM', async () => {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { cli, file, store, exported, before } = await open(kind);
      let interrupt = (_: NodeJS.Signals) => {};
      const [{ code, stdout, stderr }] = await Promise.all([
        cli.run(['import', kind.api, file], {
          onStopSignal: (listener) => {
            interrupt = listener;
          },
        }),
        afterFirstBatch(store, () => interrupt(signal)),
      ]);
      expect({ code, stdout, stderr }).toEqual({
        code: expected,
        stdout: '',
        stderr: `taskgate: The import was interrupted by ${signal}. Nothing was imported.\n`,
      });
      expect((await exported()) === before).toBe(true);
      await store.close();
    }
  });

  it('that is killed is undone by the first command after its lease', async ({ sandbox }) => {
    const cli = await createCli();
    const env = { DATABASE_URL: sandbox.databaseUrl };
    await cli.run(['import', kind.api, '-'], { env, stdin: kind.line(MANY + 5) });
    const exported = (now: number) => cli.run(['export', kind.api], { env, now });
    const { stdout: before } = await exported(Date.now());
    const file = await cli.file('tasks.ndjson', linesOf(kind, 0, MANY));
    const store = openStore(sandbox.databaseUrl);
    const child = sandbox.start(['import', kind.api, file]);
    await afterFirstBatch(store, () => child.kill('SIGKILL'));
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
    // It might still be running: its tasks are left alone.
    expect((await exported(Date.now())).stdout.length).toBeGreaterThan(before.length);
    const { stdout, stderr } = await exported(Date.now() + LEASE_MS);
    expect(stdout === before).toBe(true);
    expect(stderr).toMatch(/^Removed \d+ tasks of an import that was killed before its end\.\n$/);
    expect((await exported(Date.now() + LEASE_MS)).stderr).toBe('');
    expect(await store.verify()).toEqual([]);
    await store.close();
  });

  it('is undone when a line has become bad since it was checked', async () => {
    const { cli, file, store, exported, before } = await open(kind);
    const [{ code, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file]),
      afterFirstBatch(store, () => writeFileSync(file, 'x'.repeat(20_000_000), { flag: 'r+' })),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^taskgate: Line \d+: .*\. Nothing was imported\.\n$/);
    expect((await exported()) === before).toBe(true);
    await store.close();
  });
});

describe('taskgate import whose lease has expired while it stood still', () => {
  it('ends, because another process has undone it', async () => {
    const [kind] = kinds;
    if (!kind) throw new Error('There are two kinds.');
    const { cli, file, store, exported, before } = await open(kind);
    const [{ code, stderr }] = await Promise.all([
      cli.run(['import', kind.api, file]),
      afterFirstBatch(store, () => store.imports.removeAbandoned(Number.MAX_SAFE_INTEGER)),
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'taskgate: The import was undone by another process, because it made no progress for a minute. ' +
        'Nothing was imported.\n',
    });
    expect((await exported()) === before).toBe(true);
    await store.close();
  });
});
