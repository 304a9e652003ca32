import { describe, expect, it } from 'vitest';
import { runScenario, type Scenario, testScenarios } from '../support/scenarios.ts';
import {
  NO_WRITE_ACCESS,
  servicesError,
  TASKS_URL,
  withReadSession,
  withTasks,
  withToken,
} from '../support/services-requests.ts';

const newTask = {
  chain: 1764,
  desc: 'Users',
  trigger: { once: '2026-06-01T12:00:00Z' },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
};
const rule = { field_name: 'city', field_type: 'keyword', operator: 'is', value: 'Delft' };
const segment = { entity: 'people', index: 'users', join: 'all', chain_id: 1764, rules: [rule] };
const createdTask = {
  ...newTask,
  id: 1,
  state: {
    code: 'READY',
    last_run_date: null,
    last_modified: '2026-06-01T12:00:00Z',
    created_date: '2026-06-01T12:00:00Z',
  },
  logs: [],
  debug: '',
  version: 0,
  result: null,
};

const post = (name: string, requestBody: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  name,
  url: TASKS_URL,
  method: 'POST',
  requestBody,
  status: 201,
  ...rest,
});
const rejects = (requestBody: unknown, description: string): Scenario =>
  post(`returns 400: ${description}`, requestBody, {
    status: 400,
    body: servicesError(9000, 'invalid_parameters', description),
  });
const rejectsOnce = (text: unknown) => rejects({ ...newTask, trigger: { once: text } }, ONCE_RULE);
const ONCE_RULE =
  'trigger.once must be an existing date and time with Z or an offset, like 2026-05-26T12:00:00Z.';
const JSON_RULE = 'The body must be JSON, with Content-Type: application/json.';
const withRule = (changes: object) => ({
  ...newTask,
  trigger: { ...newTask.trigger, segment: { ...segment, rules: [{ ...rule, ...changes }] } },
});

describe('POST /tasks of the Services API', () => {
  testScenarios(withToken, [
    post('creates a task that is READY', newTask, {
      body: createdTask,
      responseHeaders: { location: 'tasks/1' },
    }),
    post(
      'accepts debug, and ignores other keys',
      { ...newTask, debug: 'x', id: 9, state: 1, more: {} },
      {
        body: { ...createdTask, debug: 'x' },
      },
    ),
    post('accepts any action', { ...newTask, target: { action: 'bulk issue rewards' } }),
    post('accepts a segment', withRule({})),
    post(
      'accepts a time with an offset, and stores it unchanged',
      { ...newTask, trigger: { once: '2026-06-01T12:00:00.5+02:00' } },
      {
        body: { ...createdTask, trigger: { once: '2026-06-01T12:00:00.5+02:00' } },
      },
    ),
    post('assigns the next id, even if an import used the largest one', newTask, {
      setUp: withTasks({ id: 41 }, { id: Number.MAX_SAFE_INTEGER }),
      body: { ...createdTask, id: 42 },
    }),
    post(
      'returns 403 for another chain',
      { ...newTask, chain: 1743 },
      {
        status: 403,
        body: servicesError(
          68,
          'permission_denied_or_non_existent',
          'These credentials have no access to chain 1743.',
        ),
      },
    ),
    post('returns 403 for a session with READ access before it parses the body', '{', {
      setUp: withReadSession,
      status: 403,
      body: NO_WRITE_ACCESS,
    }),
    post('returns 401 without credentials before it parses the body', '{', {
      setUp: async () => undefined,
      status: 401,
    }),
    post('rejects a form', 'chain=1764', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      status: 400,
      body: servicesError(9000, 'invalid_parameters', JSON_RULE),
    }),
    post(
      'returns 413 for a body of more than 1 MiB',
      { ...newTask, debug: 'x'.repeat(1024 * 1024) },
      {
        status: 413,
        body: servicesError(9013, 'payload_too_large', 'The body may have at most 1048576 bytes.'),
        headers: { 'Content-Length': '2000000' },
      },
    ),
    rejects('{', 'The body must be valid JSON.'),
    rejects('[]', 'The body must be an object.'),
    rejects('null', 'The body must be an object.'),
    rejects(
      '{"chain":1764,"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z"},"target":{"action":"x"}}',
      'The body has the key "chain" twice.',
    ),
    rejects(
      '{"chain":1764,"desc":"","trigger":{"once":"2026-06-01T12:00:00Z"},"target":{"action":"x","a":1,"a":2}}',
      'The body has the key "a" twice.',
    ),
    rejects(
      { ...newTask, chain: '1764', desc: 1, trigger: [], target: null, debug: null },
      'chain must be an integer. desc must be a string. trigger must be an object. There are more problems.',
    ),
    rejects({ ...newTask, desc: '\ud800' }, 'desc must not hold half of a surrogate pair.'),
    ...['\ud800', 'x\udc00', '\udc00\ud800'].map((action) =>
      rejects({ ...newTask, target: { action } }, 'target.action must not hold half of a surrogate pair.'),
    ),
    ...[
      '',
      'now',
      '2026-06-01',
      '2026-06-01T12:00:00',
      '2026-02-30T12:00:00Z',
      '2026-06-01T24:00:00Z',
      '2026-06-01T12:00:00+15:00',
      '2026-06-01 12:00:00Z',
    ].map(rejectsOnce),
    rejects({ ...newTask, trigger: {} }, 'trigger.once must be a string.'),
    rejects(
      { ...newTask, trigger: { ...newTask.trigger, repeat: 'hourly' } },
      'trigger.repeat must be one of daily, weekly, monthly.',
    ),
    rejects({ ...newTask, target: {} }, 'target.action must be a string.'),
    rejects({ ...newTask, target: { action: '' } }, 'target.action must not be empty.'),
    ...['x', '😀'].map((character) =>
      rejects(
        { ...newTask, target: { action: character.repeat(201) } },
        'target.action must have at most 200 characters.',
      ),
    ),
    rejects(
      { ...newTask, target: { action: 'export' } },
      'target.export_index must be one of transactions, users, vouchers, wallet-ledger, products, product-variants. target.export_format must be one of csv, json.',
    ),
    rejects(
      { ...newTask, trigger: { ...newTask.trigger, segment: 1 } },
      'trigger.segment must be an object.',
    ),
    rejects(
      { ...newTask, trigger: { ...newTask.trigger, segment_id: 318, user_list: {} } },
      'trigger.segment_id is not supported by export; write its rules in trigger.segment. trigger.user_list is not supported by export; write its rules in trigger.segment.',
    ),
    rejects(
      {
        ...newTask,
        trigger: { ...newTask.trigger, segment: { ...segment, entity: 'shops', join: 'none', rules: {} } },
      },
      'trigger.segment.entity must be people. trigger.segment.join must be one of all, any. trigger.segment.rules must be an array.',
    ),
    rejects(
      { ...newTask, trigger: { ...newTask.trigger, segment: { ...segment, chain_id: 9 } } },
      'trigger.segment.chain_id must be the chain of the task.',
    ),
    rejects(
      withRule({ operator: 'like' }),
      'trigger.segment.rules.0 cannot be used: "like" is not a known operator; the operators are is, is_not, contains, does_not_contain, is_between_number, is_date, is_after_date, is_before_date, is_between_date and relative_less_than.',
    ),
    rejects(
      withRule({ value: undefined }),
      'trigger.segment.rules.0 cannot be used: value must be a text, or a number of at most 15 digits.',
    ),
    rejects(
      withRule({ value: [] }),
      'trigger.segment.rules.0 cannot be used: value must be a text, or a number of at most 15 digits.',
    ),
    rejects(
      withRule({
        operator: 'is_between_date',
        field_type: 'date',
        start_date: 'x',
        end_date: newTask.trigger.once,
      }),
      'trigger.segment.rules.0 cannot be used: start_date must be a time such as 2026-05-31T12:00:00Z, or a day such as 2026-05-31.',
    ),
    rejects(
      withRule({ operator: 'is_between_number', min: 1 }),
      'trigger.segment.rules.0 cannot be used: max must be a number.',
    ),
  ]);

  it('stores trigger and target as they are written, without white space', async () => {
    const trigger = '{"once":"2026-06-01T12:00:00Z","2":1.0,"1":12345678901234567890,"\\u0061":"\\u00e9"}';
    const target = '{ "action" : "x", "b": {"z":1e2} }';
    const { text } = await runScenario(
      post('', `{"target":${target},"chain":1764,"desc":"","trigger":${trigger}}`),
      withToken,
    );
    expect(text).toContain(`"trigger":${trigger},"target":{"action":"x","b":{"z":1e2}},`);
  });

  it('adds the task to the lists and their totals', async () => {
    const { gateway } = await runScenario(post('', newTask), withToken);
    const { rows, total } = await gateway.store.servicesTasks.list(
      1764,
      { status: 'READY', action: 'export' },
      { limit: 1, offset: 0 },
    );
    expect({ total, ids: rows.map(({ id }) => id) }).toEqual({ total: 1, ids: [1] });
    expect(await gateway.store.verify()).toEqual([]);
  });
});
