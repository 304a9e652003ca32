import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/db/open.ts';
import { type CachedServer, openCachedServer } from '../../support/cached-server.ts';
import { addHdpTasks, addServicesTasks } from '../../support/gateway.ts';
import { createRemoteVersions, type RemoteVersions } from '../../support/remote-versions.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

// The versions are read as from PostgreSQL, and the data from SQLite.

const HDP = { Host: 'hdp.test' };

let server: CachedServer;
let remote: RemoteVersions;
let list: Store['hdpTasks']['list'];
let built: number;
let written: number;

beforeEach(async () => {
  remote = createRemoteVersions(() => {
    const { reader } = server;
    const versions = new Map(
      (['all', 'hdp', 'access'] as const).map((scope) => [scope as string, reader.scopeVersion([scope])]),
    );
    return { snapshot: String(reader.dataVersion()), versionOf: (scope) => versions.get(scope) ?? 0 };
  });
  const { dataVersion, scopeVersion, confirm } = remote;
  server = await openCachedServer({ cache: { dataVersion, scopeVersion, confirm } });
  list = server.reader.hdpTasks.list;
  built = 0;
  written = 0;
  onList(() => {});
});
afterEach(() => server.close());

/** Runs `before` and `after` whenever the app reads the list. */
function onList(before: () => unknown, after: () => unknown = () => {}): void {
  server.reader.hdpTasks.list = async (...query) => {
    built += 1;
    await before();
    const page = await list(...query);
    await after();
    return page;
  };
}

/** Lets the app wait in each build until the test calls the next function. */
function holdBuilds(): (() => void)[] {
  const releases: (() => void)[] = [];
  onList(
    () => {},
    () => new Promise<void>((resolve) => releases.push(resolve)),
  );
  return releases;
}

const write = () => addHdpTasks(server.writer, anHdpTask({ uuid: ulid(++written) }));
/** Another request may read the new versions during a build. */
const writeAndRead = async () => {
  await write();
  await remote.confirm(['hdp']);
};
const writeElsewhere = () => addServicesTasks(server.writer, aServicesTask({ id: ++written }));
const ask = async () => {
  const response = await server.ask('/tasks', HDP);
  expect(response.status).toBe(200);
  return JSON.parse(response.body).pagination.total;
};
/** Resolves when all requests before it have arrived. It bypasses the cache. */
const arrival = () => server.ask('/no-such-path', { ...HDP, 'If-Match': '"x"' });
const roundTrip = async (n: number) => {
  await expect.poll(() => remote.roundTrips.length).toBeGreaterThan(n);
  return remote.roundTrips[n];
};
/** Asks until the entry has a scope version, then holds the round trips. */
async function cacheAndHold(): Promise<void> {
  await ask();
  await ask();
  expect(built).toBe(1);
  remote.roundTrips.length = 0;
  remote.control.isHeld = true;
}

describe('a cached response', () => {
  it('is sent after a round trip that began after the request arrived', async () => {
    await cacheAndHold();
    const before = ask();
    const first = await roundTrip(0);
    await write();
    const after = ask();
    await arrival();
    built = 0;
    first?.end();
    expect(await before).toBe(0);
    expect(built).toBe(0);
    remote.control.isHeld = false;
    (await roundTrip(1))?.end();
    expect(await after).toBe(1);
    expect(built).toBe(1);
  });

  it('is sent to all requests that share a round trip', async () => {
    await cacheAndHold();
    const first = ask();
    await roundTrip(0);
    const others = [ask(), ask(), ask()];
    await arrival();
    (await roundTrip(0))?.end();
    await first;
    (await roundTrip(1))?.end();
    expect(await Promise.all(others)).toEqual([0, 0, 0]);
    expect(remote.roundTrips).toHaveLength(2);
  });

  it('is not sent if the round trip fails: the app answers', async () => {
    await cacheAndHold();
    built = 0;
    const response = ask();
    (await roundTrip(0))?.fail(new Error('unreachable'));
    expect(await response).toBe(0);
    expect(built).toBe(1);
    expect(server.logLines.join('')).toContain('response cache failed');
    remote.control.isHeld = false;
    await ask();
    expect(built).toBe(1);
  });

  it('is not sent if the round trip fails: the app returns 503 if it cannot reach the database', async () => {
    await cacheAndHold();
    onList(() => Promise.reject(new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ')));
    const response = server.ask('/tasks', HDP);
    (await roundTrip(0))?.fail(new Error('unreachable'));
    expect(await response).toMatchObject({ status: 503, body: '{"error":"Service unavailable"}' });
  });

  it('stays current after commits to other scopes, from its first hit on', async () => {
    await ask();
    await ask();
    for (let n = 0; n < 3; n += 1) {
      await writeElsewhere();
      await ask();
    }
    expect(built).toBe(1);
  });

  it('is reused if it was built during constant writes to another scope', async () => {
    onList(writeElsewhere, writeElsewhere);
    const builds = [];
    for (let n = 0; n < 6; n += 1) {
      await ask();
      builds.push(built);
      await writeElsewhere();
    }
    // The first entry has no scope version, because its scopes were not known before the build.
    expect(builds).toEqual([1, 2, 2, 2, 2, 2]);
  });

  it('is stale if its data was written between the round trip and the read', async () => {
    await ask();
    await write();
    onList(writeAndRead);
    expect(await ask()).toBe(2);
    onList(() => {});
    built = 0;
    expect(await ask()).toBe(2);
    expect(built).toBe(1);
  });

  it('is stale if its data was written between the read and the end of the build', async () => {
    await ask();
    await write();
    onList(() => {}, writeAndRead);
    expect(await ask()).toBe(1);
    onList(() => {});
    expect(await ask()).toBe(2);
  });

  it('shows every commit before the request, with concurrent readers and writers', async () => {
    const writeAll = async () => {
      while (written < 100) {
        await write();
        await new Promise(setImmediate);
      }
    };
    const poll = async () => {
      while (written < 100) {
        // The last one may not be committed yet.
        const before = written - 1;
        expect(await ask()).toBeGreaterThanOrEqual(before);
      }
    };
    await Promise.all([writeAll(), ...Array.from({ length: 8 }, poll)]);
  });
});

describe('requests for the same response', () => {
  it('share a build if nothing was committed since it began', async () => {
    const releases = holdBuilds();
    const pending = [ask()];
    await expect.poll(() => releases.length).toBe(1);
    pending.push(ask(), ask());
    await arrival();
    releases[0]?.();
    releases[1]?.();
    await Promise.all(pending);
    expect(built).toBe(1);
  });

  it('share a build if only other scopes were written since it began', async () => {
    await ask();
    await write();
    const releases = holdBuilds();
    built = 0;
    const pending = [ask()];
    await expect.poll(() => releases.length).toBe(1);
    await writeElsewhere();
    pending.push(ask(), ask());
    await arrival();
    await writeElsewhere();
    releases[0]?.();
    expect(await Promise.all(pending)).toEqual([1, 1, 1]);
    expect(built).toBe(1);
  });

  it('wait for a new build if they arrive after a commit', async () => {
    const releases = holdBuilds();
    const before = ask();
    await expect.poll(() => releases.length).toBe(1);
    await write();
    const after = [ask(), ask()];
    await arrival();
    releases[0]?.();
    expect(await before).toBe(0);
    await expect.poll(() => releases.length).toBe(2);
    releases[1]?.();
    expect(await Promise.all(after)).toEqual([1, 1]);
  });
});
