/** Responses that are no JSON, or JSON of another shape: each parser refuses them and accepts those of the server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '#product/index';
import * as hdp from '../../src/web/hdp/responses.ts';
import { isOutcomeUnknown, readJson } from '../../src/web/lib/read-json.ts';
import { createParser, isCount, objectOf } from '../../src/web/lib/shape.ts';
import * as services from '../../src/web/services/responses.ts';
import { DEMO_TOKEN } from './support/sign-in.ts';

const UNREADABLE = { status: 200, message: 'The answer of the server is not readable.' };
const NO_DATA = ['', '<html>Sign in to this network</html>', 'null', '[null]', '{}', '"x"', '7'];

const parseTotal = createParser<{ total: number }>(objectOf<{ total: number }>({ total: isCount }));
const read = (text: string) => readJson({ kind: 'ok', text, headers: new Headers() }, parseTotal);

describe('readJson', () => {
  it('returns the data and the text of an answer', () => {
    expect(read('{"total":1,"more":2}')).toMatchObject({
      ...{ kind: 'ok', data: { total: 1 }, text: '{"total":1,"more":2}' },
    });
  });

  it.each([...NO_DATA, '[]', '{"total":"1"}', '{"total":-1}', '{"total":null}'])(
    'does not read %j',
    (text) => {
      expect(read(text)).toEqual({ kind: 'failed', failure: UNREADABLE });
    },
  );

  it('does not read a 304 to a request without a condition', () => {
    expect(readJson({ kind: 'not-modified' }, parseTotal)).toEqual({ kind: 'failed', failure: UNREADABLE });
  });

  it('returns the failure of the request', () => {
    const failed = { kind: 'failed', failure: { status: 500, message: 'Something broke.' } } as const;
    expect(readJson(failed, parseTotal)).toEqual(failed);
  });

  it('tells if a request may have had an effect', () => {
    const statuses = [0, 200, 304, 400, 503];
    expect(statuses.filter((status) => isOutcomeUnknown({ status, message: '' }))).toEqual([0, 200]);
  });
});

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = { ...hdp, ...services };

describe.each(Object.entries(PARSERS))('%s', (_, parse) => {
  it.each(NO_DATA)('refuses %j', (text) => {
    expect(() => parse(text)).toThrow();
  });
});

describe('the responses of the server', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const hosts = { hdpHosts: ['hdp.test'], servicesHosts: ['services.test'] };
    gateway = await createGateway({ ...hosts, demo: true, runTasks: false });
  });
  afterAll(() => gateway.close());

  const get = async (url: string) => {
    const response = await gateway.fetch(`http://${url}`, {
      headers: { authorization: `Bearer ${DEMO_TOKEN}` },
    });
    expect(response.status).toBe(200);
    return response.text();
  };

  it('of the HDP API are accepted', async () => {
    const { tasks } = hdp.parseList(await get('hdp.test/tasks?hdp_tasks_per_page=100'));
    for (const { uuid } of tasks) {
      hdp.parseDetails(await get(`hdp.test/tasks/${uuid}/details`));
      hdp.parseStatus(await get(`hdp.test/tasks/${uuid}/status`));
      hdp.parseTransitions(await get(`hdp.test/tasks/${uuid}/state_transitions`));
    }
    const figures = hdp.parseFigures(await get('hdp.test/figures'));
    expect(tasks).toHaveLength(figures.total);
  });

  it('of the Services API are accepted', async () => {
    const tasks = services.parseTasks(await get('services.test/tasks'));
    for (const { id } of tasks) services.parseTask(await get(`services.test/tasks/${id}?log_limit=1000`));
    const { chain } = services.parseSession(await get('services.test/session'));
    expect(tasks.map((task) => task.chain)).toEqual(tasks.map(() => chain));
  });
});

it.each(['javascript:alert(1)', '/tasks', 'data:text/html,'])('%j is no URL of a download', (url) => {
  expect(() => services.parseDownloadUrl(JSON.stringify({ url }))).toThrow();
});
