import { describe, expect, it, onTestFinished } from 'vitest';
import { createGateway } from '../../src/gateway.ts';
import { createManagementApp } from '../../src/management/management-server.ts';
import { measureStore } from '../../src/metrics/measured-store.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { readPage, sectionOf, tableRows } from '../support/documentation.ts';
import { createTestGateway } from '../support/gateway.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';

/** Starts a gateway with metrics, and returns a function that sends a request line to it. */
async function openMeasured() {
  const metrics = createMetrics();
  const gateway = await createGateway({ demo: true, metrics, runTasks: false });
  onTestFinished(() => gateway.close());
  const { port } = await gateway.listen();
  const ask = (host: string, path: string, options = {}) =>
    sendRequest(port, requestText(host, path, options)).then(({ status }) => status);
  return { metrics, gateway, ask };
}

/** Returns the samples of a metric, such as `{"api":"hdp"} 2`. */
async function samplesOf({ registry }: Metrics, name: string, suffix = ''): Promise<string[]> {
  const text = await registry.getSingleMetricAsString(name);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}${suffix}{`))
    .map((line) => line.slice(name.length + suffix.length));
}

const counts = (metrics: Metrics) => samplesOf(metrics, 'taskgate_http_request_duration_seconds', '_count');

describe('the metrics', () => {
  it('count requests by API, route, method and status, cached ones too', async () => {
    const { metrics, ask } = await openMeasured();
    for (let n = 0; n < 3; n += 1) await ask('hdp.localhost', '/tasks');
    await ask('hdp.localhost', '/tasks/01K00000000000000000000000/status');
    await ask('services.localhost', '/tasks/1');
    expect(await counts(metrics)).toEqual([
      '{api="hdp",route="/tasks",method="GET",status="200"} 3',
      '{api="hdp",route="/tasks/:uuid/status",method="GET",status="404"} 1',
      '{api="services",route="/tasks/:id",method="GET",status="401"} 1',
    ]);
    expect(await samplesOf(metrics, 'taskgate_response_cache_requests_total')).toEqual([
      '{result="miss"} 1',
      '{result="hit"} 2',
    ]);
  });

  it('have few labels, whatever clients send', async () => {
    const { metrics, ask } = await openMeasured();
    for (const path of ['/a', '/b/c', '/tasks/x/y/z', '/?a']) await ask('hdp.localhost', path);
    await ask('hdp.localhost', '/tasks', { method: 'PROPFIND' });
    await ask('other.test', '/tasks');
    await ask('hdp.localhost', '/a\\b');
    expect(await counts(metrics)).toEqual([
      '{api="hdp",route="",method="GET",status="404"} 3',
      '{api="hdp",route="/",method="GET",status="200"} 1',
      '{api="hdp",route="/tasks",method="other",status="405"} 1',
      '{api="none",route="",method="GET",status="421"} 1',
      '{api="none",route="",method="GET",status="400"} 1',
    ]);
  });

  it('are those of the documentation', async () => {
    const metrics = createMetrics();
    const gateway = await createGateway({ databaseUrl: ':memory:', metrics });
    onTestFinished(() => gateway.close());
    const names = (await metrics.registry.getMetricsAsJSON())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('taskgate_'));
    const section = sectionOf(readPage('docs/operations.md'), 'Management');
    const documented = tableRows(section).map(([name = '']) => name);
    // A database in memory has no files.
    expect([...names, 'taskgate_database_bytes', 'taskgate_database_wal_bytes'].sort()).toEqual(
      documented.sort(),
    );
  });

  it('say if the database can be read', async () => {
    const { store } = await createTestGateway();
    const up = async (probe: () => Promise<void>) => {
      const metrics = createMetrics();
      measureStore({ ...store, probe }, ':memory:', metrics);
      return (await metrics.registry.getSingleMetricAsString('taskgate_database_up')).at(-1);
    };
    expect(await up(store.probe)).toBe('1');
    expect(await up(() => Promise.reject(new Error('disk I/O error')))).toBe('0');
  });
});

describe('the management listener', () => {
  const app = (isReady: () => Promise<boolean>) =>
    createManagementApp({
      isReady,
      readMetrics: async () => ({ text: 'a 1\n', type: 'text/plain; version=0.0.4' }),
    });

  it.each<[string, () => Promise<boolean>, number]>([
    ['is ready', async () => true, 200],
    ['is not ready', async () => false, 503],
    ['cannot read the database', () => Promise.reject(new Error('secret')), 503],
  ])('says that the process %s, and that it lives', async (_, isReady, status) => {
    const response = await app(isReady).request('/ready');
    expect([response.status, await response.json()]).toEqual([status, { ready: status === 200 }]);
    expect((await app(isReady).request('/live')).status).toBe(200);
  });

  it('names its paths', async () => {
    const response = await app(async () => true).request('/');
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'Use /live, /ready or /metrics.' },
    ]);
  });
});
