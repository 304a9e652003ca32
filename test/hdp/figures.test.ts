import { describe, expect, it } from 'vitest';
import { HDP_STAGES } from '../../src/db/model/hdp-stages.ts';
import { HDP_STATUSES } from '../../src/db/model/statuses.ts';
import { addHdpTasks, asKey, createTestGateway, type Gateway, NOW } from '../support/gateway.ts';
import { expectDocumented } from '../support/openapi/documented.ts';
import { runScenario, type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const FIGURES = 'http://hdp.test/figures';

/** The time of the gateway is 2026-06-01T12:00:00Z, the first moment of an hour. */
const tasks = [
  ['2026-06-01T12:00:00Z', 'Received'],
  ['2026-06-01T11:59:59.999999Z', 'TraceGenCompleted'],
  ['2026-06-01T11:00:00Z', 'TaskDecommitmentCompleted'],
  ['2026-06-01T10:59:59.999Z', 'DryRunFailed'],
  ['2026-05-31T23:59:59.999999Z', 'TaskDecommitmentFailed'],
  ['2026-05-31T00:00:00Z', 'TaskDecommitmentCompleted'],
  ['1969-12-31T23:59:59.999999Z', 'Received'],
  ['2026-06-02T00:00:00Z', 'Received'],
] as const;

const insertTasks = async ({ store }: Gateway) => {
  const added = tasks.map(([createdAt, status], n) => anHdpTask({ uuid: ulid(n), createdAt, status }));
  await addHdpTasks(store, ...added);
  return undefined;
};

const statuses = (counts: Partial<Record<(typeof HDP_STATUSES)[number], number>>) => ({
  ...Object.fromEntries(HDP_STATUSES.map((status) => [status, 0])),
  ...counts,
});

const UNKNOWN = HDP_STAGES.map((stage) => ({ stage, passes: 0, meanSeconds: null, distribution: null }));

const bucket = (start: string, total: number, failed: number, completed: number, isOver = true) => ({
  ...{ start, total, failed, completed, isOver },
});

/** @param buckets the expected buckets */
const returns = (
  name: string,
  query: string,
  interval: string,
  buckets: ReturnType<typeof bucket>[],
): Scenario => ({
  name,
  url: `${FIGURES}${query}`,
  status: 200,
  body: {
    total: 8,
    statuses: statuses({
      Received: 3,
      TraceGenCompleted: 1,
      TaskDecommitmentCompleted: 2,
      DryRunFailed: 1,
      TaskDecommitmentFailed: 1,
    }),
    created: { interval, buckets },
    stages: UNKNOWN,
  },
  responseHeaders: { 'cache-control': 'no-cache', 'content-type': 'application/json; charset=utf-8' },
});

const rejects = (query: string, error: string): Scenario => ({
  name: `returns 400 for ${query}`,
  url: `${FIGURES}?${query}`,
  status: 400,
  body: { error },
});
const BUCKETS = 'buckets must be an integer from 1 to 400.';

describe('GET /figures of the HDP API', () => {
  testScenarios(insertTasks, [
    returns(
      'counts the tasks of each hour, the current one last (12, 26)',
      '?interval=hour&buckets=4',
      'hour',
      [
        bucket('2026-06-01T09:00:00Z', 0, 0, 0),
        bucket('2026-06-01T10:00:00Z', 1, 1, 0),
        bucket('2026-06-01T11:00:00Z', 2, 0, 1),
        bucket('2026-06-01T12:00:00Z', 1, 0, 0, false),
      ],
    ),
    returns('counts the tasks of each day', '?interval=day&buckets=2', 'day', [
      bucket('2026-05-31T00:00:00Z', 2, 1, 1),
      bucket('2026-06-01T00:00:00Z', 4, 1, 1, false),
    ]),
    returns('returns one bucket, and ignores unknown parameters', '?buckets=1&chain=1', 'hour', [
      bucket('2026-06-01T12:00:00Z', 1, 0, 0, false),
    ]),
    ...['0', '401', '-1', '1e1', '', 'x', '99999999999999999999'].map((value) =>
      rejects(`buckets=${value}`, BUCKETS),
    ),
    ...['', 'Hour', 'week'].map((value) =>
      rejects(`interval=${value}`, 'interval must be one of hour, day.'),
    ),
    rejects('buckets=1&buckets=1', 'buckets may be given only once.'),
    rejects('interval=day&interval=day', 'interval may be given only once.'),
    {
      name: 'returns 405 for another method',
      url: FIGURES,
      method: 'POST',
      status: 405,
      body: { error: 'This path answers GET, HEAD only.' },
      responseHeaders: { allow: 'GET, HEAD' },
    },
    {
      name: 'ignores an API key',
      url: FIGURES,
      headers: { 'X-API-KEY': 'wrong' },
      status: 200,
    },
  ]);

  it.each([
    ['', 24, '2026-05-31T13:00:00Z', 3_600_000],
    ['?buckets=400', 400, '2026-05-15T21:00:00Z', 3_600_000],
    ['?interval=day&buckets=400', 400, '2025-04-28T00:00:00Z', 86_400_000],
  ])('returns equally wide buckets and leaves none out (%s)', async (query, count, first, width) => {
    const { text } = await runScenario({ name: '', url: `${FIGURES}${query}`, status: 200 });
    const { total, created } = JSON.parse(text);
    expect(total).toBe(0);
    const starts = created.buckets.map(({ start }: { start: string }) => Date.parse(start));
    expect(starts).toEqual(Array.from({ length: count }, (_, n) => Date.parse(first) + n * width));
  });

  it('answers HEAD without a body, and If-None-Match with 304 until a task changes', async () => {
    const { app, store } = await createTestGateway();
    await addHdpTasks(store, anHdpTask({ uuid: ulid(1) }));
    const response = await app.request(FIGURES);
    const etag = response.headers.get('etag') ?? '';
    const head = await app.request(FIGURES, { method: 'HEAD' });
    expect(await head.text()).toBe('');
    expect(head.headers.get('etag')).toBe(etag);
    expect((await app.request(FIGURES, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    await addHdpTasks(store, anHdpTask({ uuid: ulid(1), status: 'DryRunStarted' }));
    expect((await app.request(FIGURES, { headers: { 'If-None-Match': etag } })).status).toBe(200);
  });

  it('returns the durations of the stages that were reported, and null for all others (26)', async () => {
    const time = { now: NOW };
    const { app, store } = await createTestGateway({ now: () => time.now });
    const [client, processor] = [await asKey(store, 'client'), await asKey(store, 'processor')];
    const post = (path: string, key: object, body: unknown) =>
      app.request(`http://hdp.test/tasks${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...key },
        body: JSON.stringify(body),
      });
    const created = await post('', client, { destination_chain_id: '1', input: {} });
    const { uuid } = JSON.parse(await created.text());
    const report = async (task: string, status: string, after: number) => {
      time.now += after;
      const body = { to_status: status, ...(status.endsWith('Failed') && { error_message: 'x' }) };
      const { status: code } = await post(`/${task}/transitions`, processor, body);
      expect(code).toBe(200);
    };
    await report(uuid, 'DryRunStarted', 60_000);
    await report(uuid, 'DryRunFailed', 249);
    await post(`/${uuid}/retry`, client, {});
    await report(uuid, 'DryRunStarted', 60_000);
    await report(uuid, 'DryRunCompleted', 250);
    await report(uuid, 'ChainProofsFetchStarted', 1000);
    // The start of this stage is not known.
    await addHdpTasks(store, anHdpTask({ uuid: ulid(9), status: 'TraceGenStarted' }));
    await report(ulid(9), 'TraceGenCompleted', 1000);
    await report(ulid(9), 'AtlanticProvingStarted', 1000);
    await report(ulid(9), 'AtlanticProvingFailed', 400 * 86_400_000);

    const response = await app.request(FIGURES);
    const text = await response.text();
    expectDocumented(FIGURES, response, text);
    const [dryRun, , , proving] = JSON.parse(text).stages;
    expect(dryRun).toMatchObject({ stage: 'DryRun', passes: 2, meanSeconds: 0.2495 });
    expect(dryRun.distribution).toHaveLength(22);
    expect(dryRun.distribution.slice(0, 3)).toEqual([
      { from: 0, to: 0.25, passes: 1 },
      { from: 0.25, to: 0.5, passes: 1 },
      { from: 0.5, to: 1, passes: 0 },
    ]);
    expect(proving).toMatchObject({ passes: 1, meanSeconds: 400 * 86_400 });
    expect(proving.distribution.at(-1)).toEqual({ from: 262_144, to: null, passes: 1 });
    for (const index of [1, 2, 4]) expect(JSON.parse(text).stages[index]).toEqual(UNKNOWN[index]);

    await store.hdpTaskLifecycle.remove(uuid);
    await addHdpTasks(store, anHdpTask({ uuid: ulid(9) }));
    expect(JSON.parse(await (await app.request(FIGURES)).text()).stages).toEqual(UNKNOWN);
  });
});
