import { describe, expect, it } from 'vitest';
import { createCli, parseNdjson } from '../support/cli.ts';
import { exportTasks, summary, toNdjson } from '../support/import-lines.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

describe('taskgate import --on-conflict', () => {
  const apis = [
    {
      api: 'services',
      identity: 'id 1',
      existing: aServicesTask({ id: 1, desc: 'existing' }),
      other: aServicesTask({ id: 2 }),
      first: aServicesTask({ id: 1, desc: 'first' }),
      second: aServicesTask({ id: 1, desc: 'second', target: { action: 'x' } }),
    },
    {
      api: 'hdp',
      identity: `uuid ${ulid(1)}`,
      existing: anHdpTask({ uuid: ulid(1), programName: 'existing' }),
      other: anHdpTask({ uuid: ulid(2) }),
      first: anHdpTask({ uuid: ulid(1), programName: 'first' }),
      second: anHdpTask({ uuid: ulid(1), programName: 'second', scheduleMode: 'offchain' }),
    },
  ];

  /** Inserts a task, then imports another task and the first one twice. */
  async function importConflicting(kind: (typeof apis)[number], ...options: string[]) {
    const cli = await createCli();
    await cli.run(['import', kind.api, '-'], { stdin: toNdjson(kind.existing) });
    const outcome = await cli.run(['import', kind.api, '-', ...options], {
      stdin: toNdjson(kind.other, kind.first, kind.second),
    });
    return { ...outcome, tasks: await exportTasks(cli, kind.api) };
  }

  describe.each(apis)('of $api tasks', (kind) => {
    const { api, identity, existing, other, second } = kind;

    it.each([{ options: [] }, { options: ['--on-conflict', 'error'] }])(
      'refuses an existing task with $options',
      async ({ options }) => {
        expect(await importConflicting(kind, ...options)).toEqual({
          code: 1,
          stdout: '',
          stderr: `taskgate: Line 2: ${identity} already exists. Nothing was imported.\n`,
          tasks: [existing],
        });
      },
    );

    it('refuses a task that is twice in one file', async () => {
      const cli = await createCli();
      const { code, stderr } = await cli.run(['import', api, '-'], {
        stdin: toNdjson(existing, other, existing),
      });
      expect(code).toBe(1);
      expect(stderr).toBe(`taskgate: Line 3: ${identity} repeats an earlier line. Nothing was imported.\n`);
      expect(await exportTasks(cli, api)).toEqual([]);
    });

    it('keeps the first task with skip', async () => {
      const { code, stdout, tasks } = await importConflicting(kind, '--on-conflict', 'skip');
      expect(code).toBe(0);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, skipped: 2 })]);
      expect(tasks).toEqual([existing, other]);
    });

    it('keeps the last task with replace', async () => {
      const { code, stdout, tasks } = await importConflicting(kind, '--on-conflict', 'replace');
      expect(code).toBe(0);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, replaced: 2 })]);
      expect(tasks).toEqual([second, other]);
    });

    it('counts a conflict as a bad line with --keep-going', async () => {
      const { code, stdout, stderr, tasks } = await importConflicting(kind, '--keep-going');
      expect(code).toBe(1);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, rejected: 2 })]);
      expect(stderr).toContain(
        `Line 2: ${identity} already exists.\nLine 3: ${identity} repeats an earlier line.\n`,
      );
      expect(tasks).toEqual([existing, other]);
    });
  });
});

describe('taskgate import --on-conflict replace of a task of another chain', () => {
  const existing = aServicesTask({ id: 1, chain: 5, desc: 'existing' });
  const moved = aServicesTask({ id: 1, chain: 6, desc: 'moved' });
  const other = aServicesTask({ id: 2, chain: 6 });
  const reason = 'Line 2: id 1 belongs to chain 5, not to chain 6; --allow-chain-change moves it.';

  async function replace(...options: string[]) {
    const cli = await createCli();
    await cli.run(['import', 'services', '-'], { stdin: toNdjson(existing) });
    const outcome = await cli.run(['import', 'services', '-', '--on-conflict', 'replace', ...options], {
      stdin: toNdjson(other, moved),
    });
    return { ...outcome, tasks: await exportTasks(cli, 'services') };
  }

  it('is refused', async () => {
    expect(await replace()).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: ${reason} Nothing was imported.\n`,
      tasks: [existing],
    });
  });

  it('is a bad line with --keep-going', async () => {
    const { code, stdout, stderr, tasks } = await replace('--keep-going');
    expect(code).toBe(1);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 1, rejected: 1 })]);
    expect(stderr).toContain(`${reason}\n`);
    expect(tasks).toEqual([existing, other]);
  });

  it('moves the task with --allow-chain-change', async () => {
    const { code, stdout, tasks } = await replace('--allow-chain-change');
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 1, replaced: 1 })]);
    expect(tasks).toEqual([moved, other]);
  });

  it('is refused for a task from an earlier line of the same input', async () => {
    const cli = await createCli();
    const { code, stderr } = await cli.run(['import', 'services', '-', '--on-conflict', 'replace'], {
      stdin: toNdjson(existing, moved),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: `taskgate: ${reason} Nothing was imported.\n` });
  });

  it('does not change the task with --on-conflict skip', async () => {
    const cli = await createCli();
    await cli.run(['import', 'services', '-'], { stdin: toNdjson(existing) });
    const args = ['import', 'services', '-', '--on-conflict', 'skip', '--allow-chain-change'];
    expect((await cli.run(args, { stdin: toNdjson(moved) })).code).toBe(0);
    expect(await exportTasks(cli, 'services')).toEqual([existing]);
  });

  it('rejects --allow-chain-change for HDP tasks, which have no chain', async () => {
    const { code, stderr } = await (await createCli()).run(['import', 'hdp', '-', '--allow-chain-change']);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown option');
  });
});
