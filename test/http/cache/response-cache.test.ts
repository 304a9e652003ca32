import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { createResponseCache, type ResponseCache } from '../../../src/http/cache/response-cache.ts';
import { addHdpTasks, asChain } from '../../support/gateway.ts';
import { anHdpTask, ulid } from '../../support/tasks.ts';

let folder: string;
let writer: Store;
let reader: Store;
let cache: ResponseCache;
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  writer = openStore(join(folder, 'tasks.db'));
  await writer.migrate();
  reader = openStore(join(folder, 'tasks.db'));
  now = 1000;
  cache = createResponseCache({
    dataVersion: () => reader.dataVersion(),
    scopeVersion: (scopes) => reader.scopeVersion(scopes),
    now: () => now,
    clock: () => now,
    maxBytes: 100_000,
  });
});
afterEach(async () => {
  await reader.close();
  await writer.close();
  rmSync(folder, { recursive: true });
});

const response = { headers: { 'content-type': 'text/plain' }, etag: '"x"', scopes: ['hdp'] } as const;
const smallResponse = { ...response, body: Buffer.alloc(1) };
const addTask = (n: number) => addHdpTasks(writer, anHdpTask({ uuid: ulid(n) }));

describe('an entry of the response cache', () => {
  it('is current until the data in one of its scopes changes', async () => {
    const entry = cache.startBuild('/tasks')(smallResponse);
    expect(cache.isCurrent(entry)).toBe(true);
    await asChain(writer, 1764);
    expect(cache.isCurrent(entry)).toBe(true);
    await addTask(1);
    expect(cache.isCurrent(entry)).toBe(false);
  });

  it('is never current if its data changed while it was built', async () => {
    const store = cache.startBuild('/tasks');
    await addTask(1);
    const entry = store(smallResponse);
    expect(cache.isCurrent(entry)).toBe(false);
    await addTask(2);
    expect(cache.isCurrent(entry)).toBe(false);
  });

  it('is not found after its credentials expire', () => {
    cache.startBuild('/tasks')({ ...smallResponse, validUntil: 2000 });
    now = 1999;
    expect(cache.find('/tasks')).toBeDefined();
    now = 2000;
    expect(cache.find('/tasks')).toBeUndefined();
  });

  it('is not found before the time from which it is valid, to which a clock may be set back', () => {
    cache.startBuild('/tasks')({ ...smallResponse, validFrom: 1000 });
    now = 999;
    expect(cache.find('/tasks')).toBeUndefined();
    now = 1000;
    expect(cache.find('/tasks')).toBeDefined();
  });

  it('is evicted when newer entries exceed maxBytes', () => {
    for (let n = 0; n < 100; n += 1) cache.startBuild(`/${n}`)({ ...response, body: Buffer.alloc(9000) });
    const found = Array.from({ length: 100 }, (_, n) => n).filter((n) => cache.find(`/${n}`));
    expect(found.at(-1)).toBe(99);
    expect(found.length).toBeLessThanOrEqual(10);
  });

  it('is not stored if it is larger than maxBytes', () => {
    const entry = cache.startBuild('/tasks')({ ...response, body: Buffer.alloc(100_001) });
    expect(entry.body).toHaveLength(100_001);
    expect(cache.find('/tasks')).toBeUndefined();
  });
});
