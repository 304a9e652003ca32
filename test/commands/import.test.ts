import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/commands/lines.ts';
import { openStore } from '../../src/db/open.ts';
import { parseHdpTask } from '../../src/ndjson/task-lines.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

let shared: Promise<string> | undefined;

/** A migrated database for imports that change nothing: migrating one for each would take most of the time. */
function sharedDatabase(): Promise<string> {
  shared ??= (async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'taskgate-')), 'shared.db');
    const store = openStore(path);
    await store.migrate();
    await store.close();
    return path;
  })();
  return shared;
}

afterAll(async () => {
  if (shared) await rm(dirname(await shared), { recursive: true });
});

const ndjson = (...tasks: readonly (object | string)[]) =>
  tasks.map((task) => `${typeof task === 'string' ? task : JSON.stringify(task)}\n`).join('');

// In the order of the contract, as it comes back.
const { id, chain, desc, state: ready, ...rest } = aServicesTask();
const SERVICES = JSON.stringify({ id, chain, desc, state: ready, ...rest });
const HDP = JSON.stringify(anHdpTask());

/** A task's JSON with one member's text in place of another. */
function altered(json: string, from: string, to: string): string {
  if (!json.includes(from)) throw new Error(`${from} is not in ${json}`);
  return json.replace(from, () => to);
}

const services = (changes: object) => JSON.stringify({ ...aServicesTask(), ...changes });
const state = (changes: object) => services({ state: { ...ready, ...changes } });
const hdp = (changes: object) => JSON.stringify({ ...anHdpTask(), ...changes });
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

const summary = (api: string, counts: object) => ({
  api,
  read: 0,
  inserted: 0,
  replaced: 0,
  skipped: 0,
  rejected: 0,
  ...counts,
});

const exported = async (cli: Cli, api: string) => parseNdjson((await cli.run(['export', api])).stdout);

describe('taskgate import of good lines', () => {
  it.each([
    {
      api: 'services',
      tasks: [aServicesTask({ id: 7 }), aServicesTask({ id: 9, chain: 2, target: {}, result: 'x' })],
    },
    {
      api: 'hdp',
      tasks: [
        anHdpTask({ uuid: ulid(7), dataSourceChains: [] }),
        anHdpTask({ uuid: ulid(9), scheduleMode: 'onchain' }),
      ],
    },
  ])('loads a file of $api tasks and prints what it did', async ({ api, tasks }) => {
    const cli = await createCli();
    const file = await cli.file('tasks.ndjson', ndjson(...tasks));
    const { code, stdout, stderr } = await cli.run(['import', api, file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseNdjson(stdout)).toEqual([summary(api, { read: 2, inserted: 2 })]);
    expect(await exported(cli, api)).toEqual(tasks);
  });

  it.each([
    ['services', SERVICES],
    ['hdp', HDP],
  ])('loads %s tasks from standard input', async (api, line) => {
    const cli = await createCli();
    const { code, stdout } = await cli.run(['import', api, '-'], { stdin: line });
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary(api, { read: 1, inserted: 1 })]);
    expect(await exported(cli, api)).toEqual([JSON.parse(line)]);
  });

  it('loads nothing from an empty input', async () => {
    const cli = await createCli();
    const { code, stdout } = await cli.run(['import', 'hdp', '-']);
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('hdp', {})]);
  });

  it('takes a byte order mark, CRLF, blank lines and a last line without an end', async () => {
    const cli = await createCli();
    const stdin = `\ufeff${services({ id: 1 })}\r\n\r\n  \n${services({ id: 2 })}`;
    const { code, stdout } = await cli.run(['import', 'services', '-'], { stdin });
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 2 })]);
  });

  it('takes a READY task whose trigger is spelt with spaces, and any trigger of a task that has ended', async () => {
    const cli = await createCli();
    const state = { ...aServicesTask().state, code: 'DONE' };
    const ended = services({ id: 2, state, trigger: { once: 'yesterday', repeat: 'never' } });
    const stdin = ndjson(altered(SERVICES, '"trigger":{"once":', '"trigger":{ "once" : '), ended);
    expect((await cli.run(['import', 'services', '-'], { stdin })).code).toBe(0);
    const store = openStore(cli.databaseUrl());
    expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({
      dueAt: Date.parse('2026-05-26T12:00:00Z'),
    });
    expect(await store.servicesTaskLifecycle.find(1764, 2)).toMatchObject({ dueAt: null });
    await store.close();
  });

  it('takes keys in any order and white space anywhere', async () => {
    const cli = await createCli();
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(aServicesTask()).reverse()));
    const stdin = reversed.replaceAll(',"', ' ,\t"').replaceAll('":', '" : ');
    expect((await cli.run(['import', 'services', '-'], { stdin })).code).toBe(0);
    expect((await cli.run(['export', 'services'])).stdout).toBe(`${SERVICES}\n`);
  });

  it('takes nesting down to 500 levels and gives it back', async () => {
    const cli = await createCli();
    const line = altered(SERVICES, '"action":"export"', `"action":${nested(499)}`);
    expect((await cli.run(['import', 'services', '-'], { stdin: line })).code).toBe(0);
    expect((await cli.run(['export', 'services'])).stdout).toBe(`${line}\n`);
  });

  it('loads 20,000 lines that come in chunks of any size', async () => {
    const cli = await createCli();
    const lines = Array.from({ length: 20_000 }, (_, n) => hdp({ uuid: ulid(n), programName: `n° ${n}` }));
    function* chunks() {
      for (const [n, line] of lines.entries()) {
        const bytes = Buffer.from(`${line}\n`);
        const cut = (n * 7) % bytes.length;
        yield bytes.subarray(0, cut);
        yield bytes.subarray(cut);
      }
    }
    const { code, stdout } = await cli.run(['import', 'hdp', '-'], { stdin: chunks() });
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 20_000, inserted: 20_000 })]);
    expect((await cli.run(['export', 'hdp'])).stdout).toBe(ndjson(...lines.sort()));
  });

  it('draws a bar where stderr is a terminal, and says the same in the end', async () => {
    const cli = await createCli();
    const file = await cli.file('tasks.ndjson', ndjson(HDP, '1'));
    for (const [input, bar] of [
      [file, / 100% \| \d+ lines/],
      ['-', /^[^%]* \d+ lines[^%]*$/],
    ] as const) {
      const args = ['import', 'hdp', input, '--keep-going', '--on-conflict', 'replace'];
      const { code, stdout, stderr } = await cli.run(args, { isTTY: true, stdin: ndjson(HDP, '1') });
      expect(code).toBe(1);
      expect(parseNdjson(stdout)).toMatchObject([{ read: 2, rejected: 1 }]);
      expect(stderr).toMatch(bar);
      // After the bar's last byte, or the bar would be drawn over it.
      const said = 'Line 2: it is not an object.\n1 of 2 lines were bad and left out.\n';
      expect(stderr.slice(-said.length)).toBe(said);
    }
  });
});

describe('taskgate import of an input that takes its time', () => {
  /** More bytes than any buffer between the input and the import holds: when they are taken, the import reads. */
  const many = (from: number) =>
    Buffer.from(ndjson(...Array.from({ length: 2000 }, (_, n) => hdp({ uuid: ulid(from + n) }))));

  /** Writes a task through another connection, which fails if the database stays locked for five seconds. */
  async function writeMeanwhile(cli: Cli, uuid: string) {
    const store = openStore(cli.databaseUrl());
    const task = parseHdpTask(hdp({ uuid, programName: 'meanwhile' }));
    await store.hdpTasks.add(task, 'error').finally(() => store.close());
  }

  it.each([{ options: [] }, { options: ['--on-conflict', 'replace'] }, { options: ['--keep-going'] }])(
    'lets others write while standard input is open, with $options',
    async ({ options }) => {
      const cli = await createCli();
      async function* slow() {
        yield many(0);
        await writeMeanwhile(cli, ulid(9000));
        yield many(2000);
        await writeMeanwhile(cli, ulid(9001));
      }
      const args = ['import', 'hdp', '-', ...options];
      const { code, stdout, stderr } = await cli.run(args, { stdin: slow() });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 4000, inserted: 4000 })]);
      expect(await exported(cli, 'hdp')).toHaveLength(4002);
    },
  );

  it('lets others write while a named pipe is open', async () => {
    const cli = await createCli();
    const pipe = join(cli.directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const running = cli.run(['import', 'hdp', pipe]);
    const writer = await open(pipe, 'w');
    await writer.writeFile(many(0));
    await writeMeanwhile(cli, ulid(9000));
    await writer.writeFile(many(2000));
    await writer.close();
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 4000, inserted: 4000 })]);
  });

  it('names the first bad line at once, without the rest of the input', async () => {
    const cli = await createCli();
    async function* endless() {
      yield Buffer.from(ndjson(hdp({ uuid: ulid(1) }), '{}', '[]'));
      for (;;) yield many(2);
    }
    const { code, stderr } = await cli.run(['import', 'hdp', '-'], { stdin: endless() });
    expect(code).toBe(1);
    expect(stderr).toContain('Line 2: uuid is missing');
    expect(await exported(cli, 'hdp')).toEqual([]);
  });

  it('names the conflict of an earlier line, not the bad line after it', async () => {
    const cli = await createCli();
    const stdin = ndjson(HDP, HDP, '{}');
    expect((await cli.run(['import', 'hdp', '-'], { stdin })).stderr).toContain('Line 2: uuid');
    const file = await cli.file('tasks.ndjson', stdin);
    expect((await cli.run(['import', 'hdp', file])).stderr).toContain('Line 2: uuid');
  });
});

describe('taskgate import of a bad line', () => {
  const aDateTime = 'must be an existing date and time with Z or an offset, like 2026-05-26T12:00:00Z';
  const aRepeat = 'must be one of daily, weekly, monthly';
  const DUE = '2026-05-26T12:00:00Z';
  const ready = (trigger: object) =>
    services({ trigger, state: { ...aServicesTask().state, code: 'READY' } });
  const aTime = 'must be a UTC time like 2026-05-26T12:00:00Z';
  const micros = 'must be a UTC time like 2024-03-17T10:24:00Z, with no, 3 or 6 fraction digits, before 2255';
  const anArray = "it is a JSON array; write one task per line, for example with jq -c '.[]'";
  const carriageReturns =
    "it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'";
  const aPage =
    "it is a page of the HDP list; write one task per line, for example with jq -c '.tasks[]', and load them with taskgate import hdp";
  const manyValues = 'it has more than one JSON value; write one task per line, for example with jq -c .';
  const severalLines =
    'it is a part of JSON that is spread over several lines; write one task per line, for example with jq -c .';
  const aMark =
    "it begins with a byte order mark (BOM); remove it, for example with sed 's/^\\xEF\\xBB\\xBF//'";
  const notUtf8 = 'it is not UTF-8; convert it, for example with iconv -f ISO-8859-1 -t UTF-8';
  const aUlid = 'must be a ULID: 26 characters of Crockford base 32, in capitals';

  it.each<[string, 'services' | 'hdp', string | Buffer, string]>([
    ['text that is no JSON', 'services', '{"id":1', 'it is not valid JSON'],
    ['a comment', 'services', '# tasks', 'it is not valid JSON'],
    ['CSV', 'services', 'id,chain,desc', 'it is not valid JSON'],
    ['two values on a line', 'hdp', `${HDP}${HDP}`, manyValues],
    ['two values with a comma', 'hdp', `${HDP}, ${HDP}`, manyValues],
    ['lines that end in CR alone', 'hdp', `${HDP}\r${HDP}\r`, carriageReturns],
    ['an array', 'services', `[${SERVICES}]`, anArray],
    ['an array of arrays', 'services', '[[1]]', anArray],
    ['an empty array', 'hdp', ' []', anArray],
    ['the first line of an array', 'hdp', '[', anArray],
    ['an array that is broken off', 'hdp', `[ ${HDP},`, anArray],
    ['an array that is longer than a line', 'hdp', `[${nested(MAX_LINE_BYTES)}`, anArray],
    ['a page', 'hdp', `{"tasks":[${HDP}],"pagination":{}}`, aPage],
    ['a page of tasks that are none', 'services', '{"pagination":{},"tasks":[]}', aPage],
    ['a page that is longer than a line', 'hdp', `{"tasks": [${nested(MAX_LINE_BYTES)}`, aPage],
    ['the first line of a printed object', 'services', '{', severalLines],
    ['a member of a printed object', 'hdp', '  "uuid": "01", ', severalLines],
    ['the first line of a printed object with a member', 'services', '{ "id": 1,', severalLines],
    ['a member of a printed object that is an object', 'services', '  "state": {', severalLines],
    ['the last line of a printed object', 'services', '  },', severalLines],
    ['an element of an array', 'hdp', `${HDP},`, severalLines],
    ['a byte order mark before a task', 'hdp', `\ufeff${HDP}`, aMark],
    ['a byte order mark before a bad line', 'services', '\ufeffid', aMark],
    [
      'UTF-16 in a file that is UTF-8',
      'hdp',
      Buffer.from(HDP, 'utf16le'),
      'it has NUL characters, as text in UTF-16 has; convert it to UTF-8',
    ],
    ['a string', 'hdp', '"task"', 'it is not an object'],
    ['null', 'hdp', 'null', 'it is not an object'],
    ['bytes that are no UTF-8', 'hdp', Buffer.from([0x22, 0xff, 0x22]), notUtf8],
    [
      'a line that is too long',
      'hdp',
      hdp({ programName: 'x'.repeat(MAX_LINE_BYTES) }),
      `it is longer than ${MAX_LINE_BYTES} bytes`,
    ],

    ['an unknown key', 'services', services({ colour: 'red' }), 'colour is not a key of a task'],
    ['an unknown key', 'hdp', hdp({ program_name: null }), 'program_name is not a key of a task'],
    ['two unknown keys', 'hdp', hdp({ a: 1, b: 2 }), 'a, b is not a key of a task'],
    ['an unknown key of state', 'services', state({ progress: 1 }), 'state.progress is not a key of a task'],
    [
      'the key __proto__',
      'services',
      altered(SERVICES, '{', '{"__proto__":{},'),
      '__proto__ is not a key of a task',
    ],
    [
      'unknown keys that would break the message',
      'hdp',
      hdp({ '': 1, 'a\nb': 2 }),
      '"", "a\\nb" is not a key of a task',
    ],

    ['a READY task due on a day', 'services', ready({ once: '2026-11-24' }), `trigger.once ${aDateTime}`],
    [
      'a READY task due in no zone',
      'services',
      ready({ once: '2026-11-24T00:00:00' }),
      `trigger.once ${aDateTime}`,
    ],
    [
      'a READY task due at +0100',
      'services',
      ready({ once: '2026-11-24T00:00:00+0100' }),
      `trigger.once ${aDateTime}`,
    ],
    ['a READY task due now', 'services', ready({ once: 'now' }), `trigger.once ${aDateTime}`],
    [
      'a READY task due at Unix seconds',
      'services',
      ready({ once: 1_795_000_000 }),
      'trigger.once must be a string',
    ],
    ['a READY task that is never due', 'services', ready({}), 'trigger.once is missing'],
    [
      'a READY task that repeats "Daily"',
      'services',
      ready({ once: DUE, repeat: 'Daily' }),
      `trigger.repeat ${aRepeat}`,
    ],
    [
      'a READY task that repeats null',
      'services',
      ready({ once: DUE, repeat: null }),
      `trigger.repeat ${aRepeat}`,
    ],
    ['a missing key', 'services', services({ desc: undefined }), 'desc is missing'],
    ['a missing object', 'services', services({ state: undefined }), 'state is missing'],
    ['a missing key of state', 'services', state({ code: undefined }), 'state.code is missing'],
    ['a missing key that may be null', 'hdp', hdp({ programName: undefined }), 'programName is missing'],
    [
      'more that is missing than is worth saying',
      'hdp',
      '{}',
      'uuid is missing; status is missing; destinationChainId is missing; and 12 more',
    ],

    ['an id that is a string', 'services', services({ id: '1' }), 'id must be an integer'],
    ['an id of 0', 'services', services({ id: 0 }), 'id must be 1 or more'],
    ['an id with a fraction', 'services', services({ id: 1.5 }), 'id must be an integer'],
    [
      'an id beyond exact integers',
      'services',
      altered(SERVICES, '"id":1', '"id":9007199254740993'),
      'id must be an integer from 1 to 9007199254740991',
    ],
    [
      'the first integer beyond exact ones',
      'services',
      altered(SERVICES, '"id":1', '"id":9007199254740992'),
      'id must be an integer from 1 to 9007199254740991',
    ],
    [
      'a chain beyond all numbers',
      'services',
      altered(SERVICES, `"chain":${chain}`, '"chain":1e400'),
      'chain must be an integer from 1 to 9007199254740991',
    ],
    [
      'a version beyond exact integers',
      'services',
      altered(SERVICES, '"version":', '"version":1000000000000000000'),
      'version must be an integer from 0 to 9007199254740991',
    ],
    [
      'an id below exact integers',
      'services',
      altered(SERVICES, '"id":1', '"id":-9007199254740993'),
      'id must be an integer from 1 to 9007199254740991; id must be 1 or more',
    ],
    ['a chain that is null', 'services', services({ chain: null }), 'chain must be an integer'],
    ['a description that is null', 'services', services({ desc: null }), 'desc must be a string'],
    ['a state that is a string', 'services', services({ state: 'READY' }), 'state must be an object'],
    ['a trigger that is an array', 'services', services({ trigger: [] }), 'trigger must be an object'],
    ['a target that is null', 'services', services({ target: null }), 'target must be an object'],
    ['log entries', 'services', services({ logs: [] }), 'logs must be null: lists contain no log entries'],
    ['a negative version', 'services', services({ version: -1 }), 'version must be 0 or more'],
    ['a result that is a number', 'services', services({ result: 1 }), 'result must be a string'],
    [
      'chains that are no array',
      'hdp',
      hdp({ dataSourceChains: '0x1' }),
      'dataSourceChains must be an array of strings, or null',
    ],
    [
      'a chain that is no string',
      'hdp',
      hdp({ dataSourceChains: ['1', 1] }),
      'dataSourceChains.1 must be a string',
    ],
    ['a hash that is a number', 'hdp', hdp({ taskHash: 1 }), 'taskHash must be a string'],

    [
      'an unknown state',
      'services',
      state({ code: 'Ready' }),
      'state.code must be one of READY, INPROGRESS, DONE, ERROR',
    ],
    [
      'an unknown schedule mode',
      'hdp',
      hdp({ scheduleMode: 'Onchain' }),
      'scheduleMode must be one of onchain, offchain, or null',
    ],
    [
      '30 February',
      'services',
      state({ created_date: '2026-02-30T00:00:00Z' }),
      `state.created_date ${aTime}`,
    ],
    [
      'a time with a fraction',
      'services',
      state({ last_modified: '2026-05-26T12:00:00.000Z' }),
      `state.last_modified ${aTime}`,
    ],
    [
      'a time with an offset',
      'services',
      state({ last_run_date: '2026-05-26T12:00:00+00:00' }),
      `state.last_run_date ${aTime}`,
    ],
    [
      '30 February in microseconds',
      'hdp',
      hdp({ createdAt: '2026-02-30T00:00:00.000001Z' }),
      `createdAt ${micros}`,
    ],
    ['two fraction digits', 'hdp', hdp({ updatedAt: '2026-02-03T00:00:00.12Z' }), `updatedAt ${micros}`],
    ['a time that is a number', 'hdp', hdp({ updatedAt: 0 }), 'updatedAt must be a string'],
    ['a ULID in small letters', 'hdp', hdp({ uuid: ulid(1).toLowerCase() }), `uuid ${aUlid}`],
    ['a ULID with a letter too many', 'hdp', hdp({ uuid: `${ulid(1)}0` }), `uuid ${aUlid}`],
    ['a ULID with an I', 'hdp', hdp({ uuid: ulid(1).replace(/.$/, 'I') }), `uuid ${aUlid}`],
    ['a ULID beyond 128 bits', 'hdp', hdp({ uuid: ulid(1).replace('0', '8') }), `uuid ${aUlid}`],

    ['a repeated key', 'services', altered(SERVICES, '{', '{"id":2,'), 'the task has the key "id" twice'],
    [
      'a repeated key',
      'hdp',
      altered(HDP, '{', '{"status":"Received",'),
      'the task has the key "status" twice',
    ],
    [
      'a repeated key in target',
      'services',
      altered(SERVICES, '"action":"export"', '"action":"export","action":"x"'),
      'the task has the key "action" twice',
    ],
    [
      'a repeated key in trigger, spelt in another way',
      'services',
      altered(SERVICES, '"once":', '"\\u006fnce":1,"once":'),
      'the task has the key "once" twice',
    ],
    [
      'half of a surrogate pair',
      'services',
      altered(SERVICES, '"debug":""', '"debug":"\\udc00\\ud800"'),
      'debug must not hold half of a surrogate pair',
    ],
    [
      'half of a surrogate pair',
      'hdp',
      altered(HDP, '"programName":null', '"programName":"a\\ud800"'),
      'programName must not hold half of a surrogate pair',
    ],
    [
      'half of a surrogate pair in the action, by which tasks are found',
      'services',
      altered(SERVICES, '"action":"export"', '"action":"ex\\udc00port"'),
      'target.action must not hold half of a surrogate pair',
    ],
    [
      'half of a surrogate pair in an array',
      'hdp',
      hdp({ dataSourceChains: ['\ud800'] }),
      'dataSourceChains.0 must not hold half of a surrogate pair',
    ],
    [
      'a target nested 501 levels deep',
      'services',
      altered(SERVICES, '"action":"export"', `"action":${nested(500)}`),
      'the task is nested more than 500 levels deep',
    ],
    [
      'nesting of 100,000 levels',
      'services',
      altered(SERVICES, '"action":"export"', `"action":${nested(100_000)}`),
      'the task is nested more than 500 levels deep',
    ],
  ])('names %s by line, key and reason (%s)', async (_, api, bad, reason) => {
    const cli = await createCli();
    const good = api === 'hdp' ? hdp({ uuid: ulid(1000) }) : services({ id: 1000 });
    const stdin = Buffer.concat([Buffer.from(`${good}\n\n`), Buffer.from(bad), Buffer.from(`\n${good}\n`)]);
    const env = { DATABASE_URL: await sharedDatabase() };
    expect(await cli.run(['import', api, '-'], { stdin, env })).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: Line 3: ${reason}. Nothing was imported.\n`,
    });
  });

  it('leaves nothing of the file behind, and everything that was there before', async () => {
    const cli = await createCli();
    const before = aServicesTask({ id: 1, desc: 'from before' });
    await cli.run(['import', 'services', '-'], { stdin: ndjson(before) });
    const stdin = ndjson(services({ id: 1, desc: 'replaced' }), services({ id: 2 }), services({ id: 3.5 }));
    const args = ['import', 'services', '-', '--on-conflict', 'replace'];
    expect((await cli.run(args, { stdin })).code).toBe(1);
    expect(await exported(cli, 'services')).toEqual([before]);
  });

  it('leaves nothing behind when the bad line comes after thousands of good ones', async () => {
    const cli = await createCli();
    const good = Array.from({ length: 3000 }, (_, n) => hdp({ uuid: ulid(n) }));
    const { code, stderr } = await cli.run(['import', 'hdp', '-'], { stdin: ndjson(...good, '{}') });
    expect(code).toBe(1);
    expect(stderr).toContain('Line 3001: ');
    expect(await exported(cli, 'hdp')).toEqual([]);
  });
});

describe('taskgate import --keep-going', () => {
  it('loads the good lines, names the bad ones and exits with 1', async () => {
    const cli = await createCli();
    const lines = [
      '{"id":1',
      services({ id: 3 }),
      '',
      services({ id: 0 }),
      services({ id: 1 }),
      services({ id: 3 }),
    ];
    const { code, stdout, stderr } = await cli.run(['import', 'services', '-', '--keep-going'], {
      stdin: ndjson(...lines),
    });
    expect(code).toBe(1);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 5, inserted: 2, rejected: 3 })]);
    expect(stderr).toBe(
      'Line 1: it is not valid JSON.\nLine 4: id must be 1 or more.\nLine 6: id 3 is already there.\n' +
        '3 of 5 lines were bad and left out.\n',
    );
    expect(await exported(cli, 'services')).toEqual([aServicesTask({ id: 1 }), aServicesTask({ id: 3 })]);
  });

  it('exits with 0 when no line is bad', async () => {
    const cli = await createCli();
    const { code, stdout, stderr } = await cli.run(['import', 'hdp', '-', '--keep-going'], { stdin: HDP });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 1, inserted: 1 })]);
  });

  it.each([
    [100, '100 of 100 lines were bad and left out.'],
    [103, '3 more bad lines are not named.\n103 of 103 lines were bad and left out.'],
  ])('names 100 bad lines of %i', async (bad, end) => {
    const cli = await createCli();
    const { stdout, stderr } = await cli.run(['import', 'hdp', '-', '--keep-going'], {
      stdin: 'x\n'.repeat(bad),
    });
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: bad, rejected: bad })]);
    const named = Array.from({ length: 100 }, (_, n) => `Line ${n + 1}: it is not valid JSON.\n`);
    expect(stderr).toBe(`${named.join('')}${end}\n`);
  });
});

describe('taskgate import --on-conflict', () => {
  const kinds = [
    {
      api: 'services',
      identity: 'id 1',
      there: aServicesTask({ id: 1, desc: 'there' }),
      other: aServicesTask({ id: 2 }),
      first: aServicesTask({ id: 1, desc: 'first' }),
      second: aServicesTask({ id: 1, desc: 'second', target: { action: 'x' } }),
    },
    {
      api: 'hdp',
      identity: `uuid ${ulid(1)}`,
      there: anHdpTask({ uuid: ulid(1), programName: 'there' }),
      other: anHdpTask({ uuid: ulid(2) }),
      first: anHdpTask({ uuid: ulid(1), programName: 'first' }),
      second: anHdpTask({ uuid: ulid(1), programName: 'second', scheduleMode: 'offchain' }),
    },
  ];

  /** Imports a task that is there, another, and the former again. */
  async function collide(kind: (typeof kinds)[number], ...options: string[]) {
    const cli = await createCli();
    await cli.run(['import', kind.api, '-'], { stdin: ndjson(kind.there) });
    const outcome = await cli.run(['import', kind.api, '-', ...options], {
      stdin: ndjson(kind.other, kind.first, kind.second),
    });
    return { ...outcome, tasks: await exported(cli, kind.api) };
  }

  describe.each(kinds)('of $api tasks', (kind) => {
    const { api, identity, there, other, second } = kind;

    it.each([{ options: [] }, { options: ['--on-conflict', 'error'] }])(
      'refuses a task that is there, with $options',
      async ({ options }) => {
        expect(await collide(kind, ...options)).toEqual({
          code: 1,
          stdout: '',
          stderr: `taskgate: Line 2: ${identity} is already there. Nothing was imported.\n`,
          tasks: [there],
        });
      },
    );

    it('refuses a task that comes twice in one file', async () => {
      const cli = await createCli();
      const { code, stderr } = await cli.run(['import', api, '-'], { stdin: ndjson(there, other, there) });
      expect(code).toBe(1);
      expect(stderr).toBe(`taskgate: Line 3: ${identity} is already there. Nothing was imported.\n`);
      expect(await exported(cli, api)).toEqual([]);
    });

    it('keeps what was there first, with skip', async () => {
      const { code, stdout, tasks } = await collide(kind, '--on-conflict', 'skip');
      expect(code).toBe(0);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, skipped: 2 })]);
      expect(tasks).toEqual([there, other]);
    });

    it('keeps what came last, with replace', async () => {
      const { code, stdout, tasks } = await collide(kind, '--on-conflict', 'replace');
      expect(code).toBe(0);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, replaced: 2 })]);
      expect(tasks).toEqual([second, other]);
    });

    it('counts a conflict as a bad line, with error and --keep-going', async () => {
      const { code, stdout, stderr, tasks } = await collide(kind, '--keep-going');
      expect(code).toBe(1);
      expect(parseNdjson(stdout)).toEqual([summary(api, { read: 3, inserted: 1, rejected: 2 })]);
      expect(stderr).toContain(`Line 3: ${identity} is already there.\n`);
      expect(tasks).toEqual([there, other]);
    });
  });
});

describe('taskgate import --on-conflict replace of a task of another chain', () => {
  const there = aServicesTask({ id: 1, chain: 5, desc: 'there' });
  const moved = aServicesTask({ id: 1, chain: 6, desc: 'moved' });
  const other = aServicesTask({ id: 2, chain: 6 });
  const reason = 'Line 2: id 1 belongs to chain 5, not to chain 6; --allow-chain-change moves it.';

  async function replace(...options: string[]) {
    const cli = await createCli();
    await cli.run(['import', 'services', '-'], { stdin: ndjson(there) });
    const outcome = await cli.run(['import', 'services', '-', '--on-conflict', 'replace', ...options], {
      stdin: ndjson(other, moved),
    });
    return { ...outcome, tasks: await exported(cli, 'services') };
  }

  it('is refused', async () => {
    expect(await replace()).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: ${reason} Nothing was imported.\n`,
      tasks: [there],
    });
  });

  it('is a bad line with --keep-going', async () => {
    const { code, stdout, stderr, tasks } = await replace('--keep-going');
    expect(code).toBe(1);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 1, rejected: 1 })]);
    expect(stderr).toContain(`${reason}\n`);
    expect(tasks).toEqual([there, other]);
  });

  it('moves the task with --allow-chain-change', async () => {
    const { code, stdout, tasks } = await replace('--allow-chain-change');
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 1, replaced: 1 })]);
    expect(tasks).toEqual([moved, other]);
  });

  it('is refused for a task that an earlier line of the same input inserted', async () => {
    const cli = await createCli();
    const { code, stderr } = await cli.run(['import', 'services', '-', '--on-conflict', 'replace'], {
      stdin: ndjson(there, moved),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: `taskgate: ${reason} Nothing was imported.\n` });
  });

  it('leaves the task alone with --on-conflict skip', async () => {
    const cli = await createCli();
    await cli.run(['import', 'services', '-'], { stdin: ndjson(there) });
    const args = ['import', 'services', '-', '--on-conflict', 'skip', '--allow-chain-change'];
    expect((await cli.run(args, { stdin: ndjson(moved) })).code).toBe(0);
    expect(await exported(cli, 'services')).toEqual([there]);
  });

  it('takes no --allow-chain-change for HDP tasks, which belong to no chain', async () => {
    const { code, stderr } = await (await createCli()).run(['import', 'hdp', '-', '--allow-chain-change']);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown option');
  });
});

describe('taskgate import of another encoding or file format', () => {
  const decompress = (command: string) =>
    `Decompress it first, for example with "${command} FILE", and import the result`;
  const convert = (encoding: string) =>
    `Convert it to UTF-8 first, for example with "iconv -f ${encoding} -t UTF-8 FILE"`;
  const utf16 = Buffer.from(`${HDP}\n`, 'utf16le');
  const utf32 = Buffer.concat([...`${HDP}\n`].map((character) => Buffer.from(`${character}\0\0\0`)));
  const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

  it.each<[string, Buffer, string]>([
    ['compressed with gzip', gzipSync(ndjson(HDP)), decompress('gzip -dc')],
    ['compressed with zstd', Buffer.from('28b52ffd040001', 'hex'), decompress('zstd -dc')],
    ['compressed with xz', Buffer.from('fd377a585a000004', 'hex'), decompress('xz -dc')],
    ['compressed with bzip2', Buffer.from('BZh91AY&SY'), decompress('bzip2 -dc')],
    ['compressed with zip', Buffer.from('PK\x03\x04\x14'), decompress('unzip -p')],
    ['text in UTF-16', Buffer.from(`\ufeff${HDP}`, 'utf16le'), convert('UTF-16')],
    ['text in UTF-16', swapped(Buffer.from(`\ufeff${HDP}`, 'utf16le')), convert('UTF-16')],
    ['text in UTF-16LE', utf16, convert('UTF-16LE')],
    ['text in UTF-16BE', swapped(utf16), convert('UTF-16BE')],
    ['text in UTF-32', Buffer.concat([Buffer.from('fffe0000', 'hex'), utf32]), convert('UTF-32')],
    ['text in UTF-32LE', utf32, convert('UTF-32LE')],
    ['text in UTF-32BE', Buffer.from(utf32).swap32(), convert('UTF-32BE')],
    [
      'an SQLite database',
      Buffer.from('SQLite format 3\0\x10\0'),
      'To use it as the database, set DATABASE_URL to its path',
    ],
  ])('says that it is %s and what to do, also with --keep-going', async (what, bytes, remedy) => {
    const cli = await createCli();
    const file = await cli.file('tasks', bytes);
    const said = {
      code: 1,
      stdout: '',
      stderr: `taskgate: The input is ${what}. ${remedy}. Nothing was imported.\n`,
    };
    function* inBytes() {
      for (const byte of bytes) yield Buffer.from([byte]);
    }
    expect(await cli.run(['import', 'hdp', file])).toEqual(said);
    expect(await cli.run(['import', 'hdp', '-', '--keep-going'], { stdin: inBytes() })).toEqual(said);
  });

  it.each(['', '1', '{\n', '\n'])('takes %j for text', async (stdin) => {
    const { stderr } = await (await createCli()).run(['import', 'hdp', '-'], { stdin });
    expect(stderr).not.toContain('The input is');
  });
});

describe('taskgate import of what it cannot read', () => {
  it('says in one sentence that a file is missing', async () => {
    const cli = await createCli();
    const file = join(cli.directory, 'nowhere.ndjson');
    expect(await cli.run(['import', 'hdp', file])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: The file ${file} cannot be read: no such file or directory.\n`,
    });
  });

  it('says in one sentence that a file is a directory', async () => {
    const cli = await createCli();
    expect(await cli.run(['import', 'services', cli.directory])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: The file ${cli.directory} cannot be read: it is a directory.\n`,
    });
  });

  it('says in one sentence that the input broke off, and loads nothing', async () => {
    const cli = await createCli();
    function* broken() {
      yield Buffer.from(ndjson(HDP));
      throw new Error('the pipe broke\n    at somewhere');
    }
    expect(await cli.run(['import', 'hdp', '-'], { stdin: broken() })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'taskgate: The command failed unexpectedly: the pipe broke.\n',
    });
    expect(await exported(cli, 'hdp')).toEqual([]);
  });
});
