import { beforeEach, expect, it } from 'vitest';
import type { Scope } from '../../../src/db/store.ts';
import { createRemoteVersions, type RemoteVersions } from '../../support/remote-versions.ts';

let data: { database: string; snapshot: string; versions: Map<Scope, number> };
let remote: RemoteVersions;

beforeEach(() => {
  data = { database: 'a', snapshot: '1', versions: new Map() };
  remote = createRemoteVersions(() => {
    const { database, snapshot, versions } = data;
    const copy = new Map(versions);
    return { database, snapshot, versionOf: (scope) => copy.get(scope) ?? 0 };
  });
});

const commit = (scope: Scope) => {
  data.snapshot = String(Number(data.snapshot) + 1);
  data.versions.set(scope, (data.versions.get(scope) ?? 0) + 1);
};
const versions = () => [remote.dataVersion(), remote.scopeVersion(['hdp'])];

it('are those of the last round trip, unknown before the first', async () => {
  expect(remote.scopeVersion(['hdp'])).toBeNaN();
  await remote.confirm(['hdp']);
  const [dataVersion = 0, scopeVersion = 0] = versions();
  commit('hdp');
  expect(versions()).toEqual([dataVersion, scopeVersion]);
  await remote.confirm(['hdp']);
  expect(versions()).toEqual([dataVersion + 1, scopeVersion + 1]);
  commit('access');
  await remote.confirm(['hdp']);
  expect(versions()).toEqual([dataVersion + 2, scopeVersion + 1]);
});

it('change with the scope `all`', async () => {
  await remote.confirm(['hdp']);
  const before = remote.scopeVersion(['hdp']);
  commit('all');
  await remote.confirm(['hdp']);
  expect(remote.scopeVersion(['hdp'])).not.toBe(before);
});

it('are unknown for a scope that was not read since the last commit', async () => {
  await remote.confirm(['hdp']);
  await remote.confirm(['access']);
  expect(remote.scopeVersion(['hdp', 'access'])).not.toBeNaN();
  commit('services 5');
  await remote.confirm(['access']);
  expect(remote.scopeVersion(['hdp', 'access'])).toBeNaN();
  expect(remote.scopeVersion(['access'])).not.toBeNaN();
});

it('are not read again while nothing was committed', async () => {
  await remote.confirm(['hdp']);
  const before = versions();
  await remote.confirm(['hdp']);
  await remote.confirm(['hdp', 'access']);
  expect(remote.roundTrips.map(({ hasVersions }) => hasVersions)).toEqual([true, false, true]);
  expect(versions()).toEqual(before);
});

it('are confirmed by a round trip that began after the call, which all callers share', async () => {
  remote.control.isHeld = true;
  const ended: string[] = [];
  const confirm = (name: string, scope: Scope) =>
    remote.confirm([scope]).then(
      () => ended.push(name),
      () => ended.push(`${name} failed`),
    );
  const first = confirm('first', 'hdp');
  const others = [confirm('second', 'access'), confirm('third', 'services 5')];
  expect(remote.roundTrips).toHaveLength(1);
  commit('access');
  remote.roundTrips[0]?.end();
  await first;
  expect(ended).toEqual(['first']);
  await expect.poll(() => remote.roundTrips.length).toBe(2);
  expect(remote.roundTrips[1]?.scopes.sort()).toEqual(['access', 'all', 'services 5']);
  remote.roundTrips[1]?.end();
  await Promise.all(others);
  expect(ended).toEqual(['first', 'second', 'third']);
  expect(remote.roundTrips).toHaveLength(2);
});

it('are not confirmed by a round trip that fails, and the next one is not affected', async () => {
  remote.control.isHeld = true;
  const first = remote.confirm(['hdp']);
  const second = remote.confirm(['hdp']);
  remote.roundTrips[0]?.fail(new Error('unreachable'));
  await expect(first).rejects.toThrow('unreachable');
  await expect.poll(() => remote.roundTrips.length).toBe(2);
  remote.roundTrips[1]?.end();
  await second;
  expect(remote.scopeVersion(['hdp'])).not.toBeNaN();
});

it('differ in another database that has counted to the same numbers', async () => {
  await remote.confirm(['hdp']);
  const [dataVersion, scopeVersion] = versions();
  data.database = 'b';
  await remote.confirm(['hdp']);
  await remote.confirm(['hdp']);
  expect(remote.dataVersion()).not.toBe(dataVersion);
  expect(remote.scopeVersion(['hdp'])).not.toBeNaN();
  expect(remote.scopeVersion(['hdp'])).not.toBe(scopeVersion);
});

it('are remembered for a limited number of scopes', async () => {
  const scopes = (count: number) => Array.from({ length: count }, (_, n): Scope => `services ${n}`);
  await remote.confirm(scopes(10_001));
  await remote.confirm(['hdp']);
  expect(remote.scopeVersion(['hdp'])).not.toBeNaN();
  expect(remote.scopeVersion(['services 1'])).toBeNaN();
});
