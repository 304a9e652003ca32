import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { NOW } from '../support/gateway.ts';
import { anHdpTask, aServicesTask } from '../support/tasks.ts';

const seedFile = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../seeds/${name}.json`, import.meta.url), 'utf8'));

const servicesSeeds = z.array(z.looseObject({ id: z.int() })).parse(await seedFile('services-tasks'));
const hdpSeeds = z.array(z.unknown()).parse(await seedFile('hdp-tasks'));
const access = z
  .object({
    tokens: z.array(z.object({ id: z.string(), secret: z.string(), chain: z.int(), label: z.string() })),
    admins: z.array(z.object({ user: z.int(), chain: z.int(), level: z.string() })),
    sessions: z.array(z.object({ id: z.string(), user: z.int(), key: z.string() })),
    keys: z.array(z.object({ id: z.string(), key: z.string(), role: z.string(), label: z.string() })),
  })
  .parse(await seedFile('access'));

const [aSeed] = servicesSeeds;
const [demo] = access.tokens;
if (!aSeed || !demo) throw new Error('The seeds hold no task or no token.');

const list = async (cli: Cli, ...args: string[]) => parseNdjson((await cli.run(args)).stdout);
/** Expects the same values, in any order. */
function expectAll(values: readonly unknown[], expected: readonly unknown[]): void {
  expect(values).toHaveLength(expected.length);
  expect(values).toEqual(expect.arrayContaining([...expected]));
}

const LOADED = { code: 0, stdout: '', stderr: 'The demo tasks and credentials are loaded.\n' };

describe('taskgate seed', () => {
  it('loads every task of the seeds unchanged', async () => {
    const cli = await createCli();
    expect(await cli.run(['seed'])).toEqual(LOADED);
    const services = await list(cli, 'export', 'services');
    expect(services).toEqual(servicesSeeds.toSorted((a, b) => a.id - b.id));
    expectAll(await list(cli, 'export', 'hdp'), hdpSeeds);
  });

  it('loads the credentials of the seeds without an expiry', async () => {
    const cli = await createCli();
    await cli.run(['seed']);
    const times = { state: 'active', created: new Date(NOW).toISOString(), expires: null, revoked: null };
    const tokens = access.tokens.map(({ id, chain, label }) => ({ id, chain, label, ...times }));
    const sessions = access.sessions.map(({ id, user }) => ({ id, user, ...times }));
    expectAll(await list(cli, 'tokens', 'list'), tokens);
    expectAll(await list(cli, 'sessions', 'list'), sessions);
    expectAll(await list(cli, 'admins', 'list'), access.admins);
    const { expires: _, ...lasting } = times;
    const keys = access.keys.map(({ id, role, label }) => ({ id, role, label, ...lasting }));
    expectAll(await list(cli, 'keys', 'list'), keys);
  });

  it.each([
    ['services', aServicesTask({ id: 1 })],
    ['hdp', anHdpTask()],
  ])('does not change a database that has a task of %s', async (api, task) => {
    const cli = await createCli();
    await cli.run(['import', api, '-'], { stdin: JSON.stringify(task) });
    expect(await cli.run(['seed'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'taskgate: The database already has tasks. Use --force to load the demo tasks and credentials as well.\n',
    });
    expect(await list(cli, 'export', api)).toEqual([task]);
    expect(await list(cli, 'tokens', 'list')).toEqual([]);
  });

  it('restores the tasks of the seeds and keeps other tasks with --force', async () => {
    const cli = await createCli();
    await cli.run(['seed']);
    const other = aServicesTask({ id: Number.MAX_SAFE_INTEGER });
    const stdin = `${JSON.stringify({ ...aSeed, desc: 'changed' })}\n${JSON.stringify(other)}`;
    await cli.run(['import', 'services', '-', '--on-conflict', 'replace'], { stdin });
    expect(await cli.run(['seed', '--force'])).toEqual(LOADED);
    const tasks = await list(cli, 'export', 'services');
    expect(tasks).toEqual([...servicesSeeds.toSorted((a, b) => a.id - b.id), other]);
  });

  it('does not move a task of another chain with --force', async () => {
    const cli = await createCli();
    const theirs = { ...aSeed, chain: 77, desc: 'theirs' };
    await cli.run(['import', 'services', '-'], { stdin: JSON.stringify(theirs) });
    expect(await cli.run(['seed', '--force'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: Task ${aSeed?.id} belongs to chain 77, but in the seeds to chain ${aSeed?.chain}. Load the seeds into another database. Nothing was loaded.\n`,
    });
    expect(await list(cli, 'export', 'services')).toEqual([theirs]);
    expect(await list(cli, 'tokens', 'list')).toEqual([]);
  });

  it('does not restore a revoked token with --force', async () => {
    const cli = await createCli();
    await cli.run(['seed']);
    await cli.run(['tokens', 'revoke', demo.id]);
    expect(await cli.run(['seed', '--force'])).toEqual(LOADED);
    expect(await list(cli, 'tokens', 'list')).toContainEqual(
      expect.objectContaining({ id: demo.id, state: 'revoked' }),
    );
  });
});
