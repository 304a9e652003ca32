import { describe } from 'vitest';
import { TEST_ACTIONS } from '../support/actions.ts';
import type { Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import {
  servicesError,
  TASK_NOT_FOUND,
  TASKS_URL,
  withReadSession,
  withTasks,
  withToken,
} from '../support/services-requests.ts';
import { aServicesTask } from '../support/tasks.ts';

const getTask = (name: string, path: string, rest: Partial<Scenario>): Scenario => ({
  name,
  url: `${TASKS_URL}${path}`,
  status: 200,
  ...rest,
});
/** Runs task 5, whose log then has 15 entries. */
const withLoggedTask = async (gateway: Gateway) => {
  const headers = await withTasks({ id: 5, target: { action: 'talk', lines: 15 } })(gateway);
  await gateway.runner.execute(1764, 5);
  return headers;
};
const logEntries = (...numbers: number[]) =>
  numbers.map((line) => ({ time: '2026-06-01T12:00:00Z', level: 'info', message: `line ${line}` }));
const loggedTask = {
  ...aServicesTask({ id: 5, target: { action: 'talk', lines: 15 }, version: 2, result: 'said' }),
  state: {
    code: 'DONE',
    last_run_date: '2026-06-01T12:00:00Z',
    last_modified: '2026-06-01T12:00:00Z',
    created_date: '2026-05-26T11:59:00Z',
  },
};

describe('GET /tasks/{id}', () => {
  testScenarios(withToken, [
    getTask('returns the task with the ten newest entries of its log, newest first', '/5', {
      setUp: withLoggedTask,
      gateway: { actions: TEST_ACTIONS },
      body: { ...loggedTask, logs: logEntries(15, 14, 13, 12, 11, 10, 9, 8, 7, 6) },
    }),
    getTask('returns a page of the log', '/5?log_limit=2&offset=12', {
      setUp: withLoggedTask,
      gateway: { actions: TEST_ACTIONS },
      body: { ...loggedTask, logs: logEntries(3, 2) },
    }),
    getTask('returns no entries past the end of the log', '/5?offset=15', {
      setUp: withLoggedTask,
      gateway: { actions: TEST_ACTIONS },
      body: { ...loggedTask, logs: [] },
    }),
    getTask('returns an empty log for a task that never ran', '/1', {
      setUp: withTasks({}),
      body: { ...aServicesTask(), logs: [] },
    }),
    getTask('accepts a session with READ access', '/1', { setUp: withReadSession }),
    getTask('accepts HEAD', '/1', { setUp: withTasks({}), method: 'HEAD' }),
    getTask('returns 404 for a missing task', '/2', {
      setUp: withTasks({}),
      status: 404,
      body: TASK_NOT_FOUND,
    }),
    getTask("returns the same 404 for another chain's task", '/1', {
      setUp: withTasks({ chain: 9, desc: 'not yours' }),
      status: 404,
      body: TASK_NOT_FOUND,
      mustNotContain: ['not yours'],
    }),
    ...['0', '-1', 'x', '1.0', '1e3', '9007199254740993'].map((id) =>
      getTask(`returns 400 for the id ${id}`, `/${id}`, {
        status: 400,
        body: servicesError(9000, 'invalid_parameters', 'id must be an integer from 1 to 9007199254740991.'),
      }),
    ),
    ...['0', '1001', 'x'].map((limit) =>
      getTask(`returns 400 for log_limit=${limit}`, `/1?log_limit=${limit}`, {
        status: 400,
        body: servicesError(9000, 'invalid_parameters', 'log_limit must be an integer from 1 to 1000.'),
      }),
    ),
    getTask('returns 400 for a log_limit given twice', '/1?log_limit=1&log_limit=1', {
      status: 400,
      body: servicesError(9000, 'invalid_parameters', 'log_limit may be given only once.'),
    }),
    getTask('returns 400 for offset=-1', '/1?offset=-1', { status: 400 }),
  ]);
});

describe('the paths below /tasks', () => {
  const rejectsMethod = (method: string, path: string, allow: string): Scenario => ({
    name: `return 405 for ${method} ${path} and allow ${allow}`,
    url: TASKS_URL + path,
    method,
    status: 405,
    body: servicesError(4, 'http_request_method_not_allowed', `This path answers ${allow} only.`),
    responseHeaders: { allow },
  });
  testScenarios(withToken, [
    rejectsMethod('PUT', '', 'GET, HEAD, POST'),
    rejectsMethod('DELETE', '/1', 'GET, HEAD'),
    rejectsMethod('GET', '/1/execute', 'POST'),
    rejectsMethod('POST', '/1/download_url', 'GET, HEAD'),
    { name: 'return 404 if they are unknown', url: `${TASKS_URL}/1/logs`, status: 404 },
  ]);
});
