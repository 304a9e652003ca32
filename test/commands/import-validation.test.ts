import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/commands/lines.ts';
import { openStore } from '../../src/db/open.ts';
import { createCli } from '../support/cli.ts';
import {
  exportTasks,
  HDP_LINE,
  hdpLine,
  nestedArrays,
  replaceText,
  SERVICES_LINE,
  servicesLine,
  servicesLineWithState,
  toNdjson,
} from '../support/import-lines.ts';
import { createTestDatabase } from '../support/stores.ts';
import { aServicesTask, ulid } from '../support/tasks.ts';

let folder = '';
/** The URL of one migrated database for all imports that change nothing, because migrations are slow. */
let sharedDatabase = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgate-'));
  sharedDatabase = await createTestDatabase(join(folder, 'shared.db'));
  const store = openStore(sharedDatabase);
  await store.migrate();
  await store.close();
});
afterAll(() => rm(folder, { recursive: true }));

describe('validation of the lines of taskgate import', () => {
  const DATE_TIME_REASON = 'must be an existing date and time with Z or an offset, like 2026-05-26T12:00:00Z';
  const REPEAT_REASON = 'must be one of daily, weekly, monthly';
  const DUE_AT = '2026-05-26T12:00:00Z';
  const readyLine = (trigger: object) =>
    servicesLine({ trigger, state: { ...aServicesTask().state, code: 'READY' } });
  const UTC_TIME_REASON = 'must be a UTC time like 2026-05-26T12:00:00Z';
  const MICROS_REASON =
    'must be a UTC time like 2024-03-17T10:24:00Z, with no, 3 or 6 fraction digits, before 2255';
  const ARRAY_REASON = "it is a JSON array; write one task per line, for example with jq -c '.[]'";
  const CR_REASON =
    "it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'";
  const PAGE_REASON =
    "it is a page of the HDP list; write one task per line, for example with jq -c '.tasks[]', and load them with taskgate import hdp";
  const MULTIPLE_VALUES_REASON =
    'it has more than one JSON value; write one task per line, for example with jq -c .';
  const MULTILINE_REASON =
    'it is part of a JSON value that spans several lines; write one task per line, for example with jq -c .';
  const BOM_REASON =
    "it begins with a byte order mark (BOM); remove it, for example with sed 's/^\\xEF\\xBB\\xBF//'";
  const NOT_UTF8_REASON = 'it is not UTF-8; convert it, for example with iconv -f ISO-8859-1 -t UTF-8';
  const ULID_REASON = 'must be a ULID: 26 characters of Crockford base 32, in capitals';

  it.each<[string, 'services' | 'hdp', string | Buffer, string]>([
    ['text that is not JSON', 'services', '{"id":1', 'it is not valid JSON'],
    ['a comment', 'services', '# tasks', 'it is not valid JSON'],
    ['CSV', 'services', 'id,chain,desc', 'it is not valid JSON'],
    ['two values on a line', 'hdp', `${HDP_LINE}${HDP_LINE}`, MULTIPLE_VALUES_REASON],
    ['two values with a comma', 'hdp', `${HDP_LINE}, ${HDP_LINE}`, MULTIPLE_VALUES_REASON],
    ['lines that end in CR alone', 'hdp', `${HDP_LINE}\r${HDP_LINE}\r`, CR_REASON],
    ['an array', 'services', `[${SERVICES_LINE}]`, ARRAY_REASON],
    ['an array of arrays', 'services', '[[1]]', ARRAY_REASON],
    ['an empty array', 'hdp', ' []', ARRAY_REASON],
    ['the first line of an array', 'hdp', '[', ARRAY_REASON],
    ['an incomplete array', 'hdp', `[ ${HDP_LINE},`, ARRAY_REASON],
    ['an array that is longer than a line', 'hdp', `[${nestedArrays(MAX_LINE_BYTES)}`, ARRAY_REASON],
    ['a page', 'hdp', `{"tasks":[${HDP_LINE}],"pagination":{}}`, PAGE_REASON],
    ['an empty page', 'services', '{"pagination":{},"tasks":[]}', PAGE_REASON],
    ['a page that is longer than a line', 'hdp', `{"tasks": [${nestedArrays(MAX_LINE_BYTES)}`, PAGE_REASON],
    ['the first line of a printed object', 'services', '{', MULTILINE_REASON],
    ['a member of a printed object', 'hdp', '  "uuid": "01", ', MULTILINE_REASON],
    ['the first line of a printed object with a member', 'services', '{ "id": 1,', MULTILINE_REASON],
    ['a member of a printed object that is an object', 'services', '  "state": {', MULTILINE_REASON],
    ['the last line of a printed object', 'services', '  },', MULTILINE_REASON],
    ['an element of an array', 'hdp', `${HDP_LINE},`, MULTILINE_REASON],
    ['a byte order mark before a task', 'hdp', `\ufeff${HDP_LINE}`, BOM_REASON],
    ['a byte order mark before a bad line', 'services', '\ufeffid', BOM_REASON],
    [
      'UTF-16 in a file that is UTF-8',
      'hdp',
      Buffer.from(HDP_LINE, 'utf16le'),
      'it has NUL characters, so it may be UTF-16; convert it to UTF-8',
    ],
    ['a string', 'hdp', '"task"', 'it is not an object'],
    ['null', 'hdp', 'null', 'it is not an object'],
    ['bytes that are not UTF-8', 'hdp', Buffer.from([0x22, 0xff, 0x22]), NOT_UTF8_REASON],
    [
      'a line that is too long',
      'hdp',
      hdpLine({ programName: 'x'.repeat(MAX_LINE_BYTES) }),
      `it is longer than ${MAX_LINE_BYTES} bytes`,
    ],

    ['an unknown key', 'services', servicesLine({ colour: 'red' }), 'colour is not a key of a task'],
    ['an unknown key', 'hdp', hdpLine({ program_name: null }), 'program_name is not a key of a task'],
    ['two unknown keys', 'hdp', hdpLine({ a: 1, b: 2 }), 'a, b is not a key of a task'],
    [
      'an unknown key of state',
      'services',
      servicesLineWithState({ progress: 1 }),
      'state.progress is not a key of a task',
    ],
    [
      'the key __proto__',
      'services',
      replaceText(SERVICES_LINE, '{', '{"__proto__":{},'),
      '__proto__ is not a key of a task',
    ],
    [
      'unknown keys with characters that need quotes',
      'hdp',
      hdpLine({ '': 1, 'a\nb': 2 }),
      '"", "a\\nb" is not a key of a task',
    ],

    [
      'a READY task due on a day',
      'services',
      readyLine({ once: '2026-11-24' }),
      `trigger.once ${DATE_TIME_REASON}`,
    ],
    [
      'a READY task due in no zone',
      'services',
      readyLine({ once: '2026-11-24T00:00:00' }),
      `trigger.once ${DATE_TIME_REASON}`,
    ],
    [
      'a READY task due at +0100',
      'services',
      readyLine({ once: '2026-11-24T00:00:00+0100' }),
      `trigger.once ${DATE_TIME_REASON}`,
    ],
    ['a READY task due now', 'services', readyLine({ once: 'now' }), `trigger.once ${DATE_TIME_REASON}`],
    [
      'a READY task due at Unix seconds',
      'services',
      readyLine({ once: 1_795_000_000 }),
      'trigger.once must be a string',
    ],
    ['a READY task that is never due', 'services', readyLine({}), 'trigger.once is missing'],
    [
      'a READY task that repeats "Daily"',
      'services',
      readyLine({ once: DUE_AT, repeat: 'Daily' }),
      `trigger.repeat ${REPEAT_REASON}`,
    ],
    [
      'a READY task that repeats null',
      'services',
      readyLine({ once: DUE_AT, repeat: null }),
      `trigger.repeat ${REPEAT_REASON}`,
    ],
    ['a missing key', 'services', servicesLine({ desc: undefined }), 'desc is missing'],
    ['a missing object', 'services', servicesLine({ state: undefined }), 'state is missing'],
    [
      'a missing key of state',
      'services',
      servicesLineWithState({ code: undefined }),
      'state.code is missing',
    ],
    ['a missing key that may be null', 'hdp', hdpLine({ programName: undefined }), 'programName is missing'],
    [
      'more than three missing keys',
      'hdp',
      '{}',
      'uuid is missing; status is missing; destinationChainId is missing; and 12 more',
    ],

    ['an id that is a string', 'services', servicesLine({ id: '1' }), 'id must be an integer'],
    ['an id of 0', 'services', servicesLine({ id: 0 }), 'id must be 1 or more'],
    ['an id with a fraction', 'services', servicesLine({ id: 1.5 }), 'id must be an integer'],
    [
      'an id beyond exact integers',
      'services',
      replaceText(SERVICES_LINE, '"id":1', '"id":9007199254740993'),
      'id must be an integer from 1 to 9007199254740991',
    ],
    [
      'the first inexact integer',
      'services',
      replaceText(SERVICES_LINE, '"id":1', '"id":9007199254740992'),
      'id must be an integer from 1 to 9007199254740991',
    ],
    [
      'a chain beyond the largest number',
      'services',
      replaceText(SERVICES_LINE, '"chain":1764', '"chain":1e400'),
      'chain must be an integer from 1 to 9007199254740991',
    ],
    [
      'a version beyond exact integers',
      'services',
      replaceText(SERVICES_LINE, '"version":', '"version":1000000000000000000'),
      'version must be an integer from 0 to 9007199254740991',
    ],
    [
      'an id below exact integers',
      'services',
      replaceText(SERVICES_LINE, '"id":1', '"id":-9007199254740993'),
      'id must be an integer from 1 to 9007199254740991; id must be 1 or more',
    ],
    ['a chain that is null', 'services', servicesLine({ chain: null }), 'chain must be an integer'],
    ['a description that is null', 'services', servicesLine({ desc: null }), 'desc must be a string'],
    ['a state that is a string', 'services', servicesLine({ state: 'READY' }), 'state must be an object'],
    ['a trigger that is an array', 'services', servicesLine({ trigger: [] }), 'trigger must be an object'],
    ['a target that is null', 'services', servicesLine({ target: null }), 'target must be an object'],
    [
      'log entries',
      'services',
      servicesLine({ logs: [] }),
      'logs must be null: lists contain no log entries',
    ],
    ['a negative version', 'services', servicesLine({ version: -1 }), 'version must be 0 or more'],
    ['a result that is a number', 'services', servicesLine({ result: 1 }), 'result must be a string'],
    [
      'chains that are not an array',
      'hdp',
      hdpLine({ dataSourceChains: '0x1' }),
      'dataSourceChains must be an array of strings, or null',
    ],
    [
      'a chain that is not a string',
      'hdp',
      hdpLine({ dataSourceChains: ['1', 1] }),
      'dataSourceChains.1 must be a string',
    ],
    ['a hash that is a number', 'hdp', hdpLine({ taskHash: 1 }), 'taskHash must be a string'],

    [
      'an unknown state',
      'services',
      servicesLineWithState({ code: 'Ready' }),
      'state.code must be one of READY, INPROGRESS, DONE, ERROR',
    ],
    [
      'an unknown schedule mode',
      'hdp',
      hdpLine({ scheduleMode: 'Onchain' }),
      'scheduleMode must be one of onchain, offchain, or null',
    ],
    [
      '30 February',
      'services',
      servicesLineWithState({ created_date: '2026-02-30T00:00:00Z' }),
      `state.created_date ${UTC_TIME_REASON}`,
    ],
    [
      'a time with a fraction',
      'services',
      servicesLineWithState({ last_modified: '2026-05-26T12:00:00.000Z' }),
      `state.last_modified ${UTC_TIME_REASON}`,
    ],
    [
      'a time with an offset',
      'services',
      servicesLineWithState({ last_run_date: '2026-05-26T12:00:00+00:00' }),
      `state.last_run_date ${UTC_TIME_REASON}`,
    ],
    [
      '30 February in microseconds',
      'hdp',
      hdpLine({ createdAt: '2026-02-30T00:00:00.000001Z' }),
      `createdAt ${MICROS_REASON}`,
    ],
    [
      'two fraction digits',
      'hdp',
      hdpLine({ updatedAt: '2026-02-03T00:00:00.12Z' }),
      `updatedAt ${MICROS_REASON}`,
    ],
    ['a time that is a number', 'hdp', hdpLine({ updatedAt: 0 }), 'updatedAt must be a string'],
    ['a ULID in lower case', 'hdp', hdpLine({ uuid: ulid(1).toLowerCase() }), `uuid ${ULID_REASON}`],
    ['a ULID with 27 characters', 'hdp', hdpLine({ uuid: `${ulid(1)}0` }), `uuid ${ULID_REASON}`],
    ['a ULID with an I', 'hdp', hdpLine({ uuid: ulid(1).replace(/.$/, 'I') }), `uuid ${ULID_REASON}`],
    ['a ULID beyond 128 bits', 'hdp', hdpLine({ uuid: ulid(1).replace('0', '8') }), `uuid ${ULID_REASON}`],

    [
      'a repeated key',
      'services',
      replaceText(SERVICES_LINE, '{', '{"id":2,'),
      'the task has the key "id" twice',
    ],
    [
      'a repeated key',
      'hdp',
      replaceText(HDP_LINE, '{', '{"status":"Received",'),
      'the task has the key "status" twice',
    ],
    [
      'a repeated key in target',
      'services',
      replaceText(SERVICES_LINE, '"action":"export"', '"action":"export","action":"x"'),
      'the task has the key "action" twice',
    ],
    [
      'a repeated key in trigger, one spelled with an escape',
      'services',
      replaceText(SERVICES_LINE, '"once":', '"\\u006fnce":1,"once":'),
      'the task has the key "once" twice',
    ],
    [
      'half of a surrogate pair',
      'services',
      replaceText(SERVICES_LINE, '"debug":""', '"debug":"\\udc00\\ud800"'),
      'debug must not hold half of a surrogate pair',
    ],
    [
      'half of a surrogate pair',
      'hdp',
      replaceText(HDP_LINE, '"programName":null', '"programName":"a\\ud800"'),
      'programName must not hold half of a surrogate pair',
    ],
    [
      'half of a surrogate pair in the action',
      'services',
      replaceText(SERVICES_LINE, '"action":"export"', '"action":"ex\\udc00port"'),
      'target.action must not hold half of a surrogate pair',
    ],
    [
      'an action of 201 characters',
      'services',
      replaceText(SERVICES_LINE, '"action":"export"', `"action":"${'x'.repeat(201)}"`),
      'target.action must have at most 200 characters',
    ],
    [
      'half of a surrogate pair in an array',
      'hdp',
      hdpLine({ dataSourceChains: ['\ud800'] }),
      'dataSourceChains.0 must not hold half of a surrogate pair',
    ],
    [
      'a target nested 501 levels deep',
      'services',
      replaceText(SERVICES_LINE, '"action":"export"', `"action":${nestedArrays(500)}`),
      'the task is nested more than 500 levels deep',
    ],
    [
      'nesting of 100,000 levels',
      'services',
      replaceText(SERVICES_LINE, '"action":"export"', `"action":${nestedArrays(100_000)}`),
      'the task is nested more than 500 levels deep',
    ],
  ])('reports line, key and reason of %s (%s)', async (_, api, bad, reason) => {
    const cli = await createCli();
    const good = api === 'hdp' ? hdpLine({ uuid: ulid(1000) }) : servicesLine({ id: 1000 });
    const stdin = Buffer.concat([Buffer.from(`${good}\n\n`), Buffer.from(bad), Buffer.from(`\n${good}\n`)]);
    const env = { DATABASE_URL: sharedDatabase };
    expect(await cli.run(['import', api, '-'], { stdin, env })).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: Line 3: ${reason}. Nothing was imported.\n`,
    });
  });

  it('imports nothing and keeps the existing tasks if a line is bad', async () => {
    const cli = await createCli();
    const existing = aServicesTask({ id: 1, desc: 'existing' });
    await cli.run(['import', 'services', '-'], { stdin: toNdjson(existing) });
    const stdin = toNdjson(
      servicesLine({ id: 1, desc: 'replaced' }),
      servicesLine({ id: 2 }),
      servicesLine({ id: 3.5 }),
    );
    const args = ['import', 'services', '-', '--on-conflict', 'replace'];
    expect((await cli.run(args, { stdin })).code).toBe(1);
    expect(await exportTasks(cli, 'services')).toEqual([existing]);
  });

  it('imports nothing if a line after thousands of good ones is bad', async () => {
    const cli = await createCli();
    const good = Array.from({ length: 3000 }, (_, n) => hdpLine({ uuid: ulid(n) }));
    const { code, stderr } = await cli.run(['import', 'hdp', '-'], { stdin: toNdjson(...good, '{}') });
    expect(code).toBe(1);
    expect(stderr).toContain('Line 3001: ');
    expect(await exportTasks(cli, 'hdp')).toEqual([]);
  });
});
