import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HDP_STATUSES, SCHEDULE_MODES, SERVICES_STATUSES } from '../../src/db/model/statuses.ts';
import { openStore } from '../../src/db/open.ts';
import { type Cli, createCli, parseNdjson } from '../support/cli.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { isPostgres } from '../support/stores.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

const ndjson = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** Imports lines into a database of their own, which is named `database`. */
async function load(cli: Cli, api: string, lines: string, database: string): Promise<void> {
  const { code, stderr } = await cli.run(['import', api, '-'], { stdin: lines, database });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

async function dump(cli: Cli, args: readonly string[], database?: string): Promise<string> {
  const where = database === undefined ? {} : { database };
  const { code, stdout, stderr } = await cli.run(['export', ...args], where);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

// Any text that UTF-8 can hold, NUL and what JSON escapes included.
const text = fc.string({ unit: 'binary', maxLength: 12 });
const jsonText = text.map((value) => JSON.stringify(value));

/** JSON as other programs write it, which a parse would not give back. */
const { object } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('1.0', '1e2', '-0', '0.10', '1E+400', '12345678901234567890', '-9007199254740993', '7'),
    fc.constantFrom('null', 'true', 'false', '"\\u0000"', '"\\/\\u00e9"', '"\\ud800"', '"\\u0061"', '""'),
    jsonText,
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
    tie('object'),
  ),
  object: fc
    .uniqueArray(
      fc.tuple(
        fc.oneof(
          text,
          fc.constantFrom('2', '10', '1', '', '__proto__', 'constructor', 'action', 'campaign_id', 'a"b'),
        ),
        tie('value'),
      ),
      { selector: ([key]) => key, maxLength: 4 },
    )
    .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
}));

const second = fc
  .integer({ min: Date.parse('0000-01-01T00:00:00Z') / 1000, max: Date.parse('9999-12-31T23:59:59Z') / 1000 })
  .map((seconds) => `"${new Date(seconds * 1000).toISOString().slice(0, 19)}Z"`);

const orNull = (json: fc.Arbitrary<string>) => fc.option(json, { nil: 'null' });

/** The trigger of a READY task, which must say when the task runs. */
const due = (trigger: string, once: string) =>
  `{"once":${once}${trigger === '{}' ? '' : ','}${trigger.slice(1)}`;

const servicesLine = fc
  .record({
    id: fc.oneof(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    chain: fc.constantFrom(1, 2, Number.MAX_SAFE_INTEGER),
    desc: jsonText,
    code: fc.constantFrom(...SERVICES_STATUSES),
    times: fc.tuple(orNull(second), second, second),
    trigger: object,
    once: second,
    // Lists are filtered by the action, which must have a UTF-8 form for that.
    target: object.filter((json) => JSON.parse(json).action?.isWellFormed?.() !== false),
    debug: jsonText,
    version: fc.nat(),
    result: orNull(jsonText),
  })
  .map(({ id, chain, desc, code, times, trigger, once, target, debug, version, result }) => ({
    id,
    line:
      `{"id":${id},"chain":${chain},"desc":${desc},"state":{"code":"${code}","last_run_date":${times[0]},` +
      `"last_modified":${times[1]},"created_date":${times[2]}},"trigger":${code === 'READY' ? due(trigger, once) : trigger},"target":${target},` +
      `"logs":null,"debug":${debug},"version":${version},"result":${result}}`,
  }));

const instant = fc
  .record({
    // Few, so that tasks often share a second, or all of the time.
    second: fc.integer({ min: -1, max: 1 }),
    day: fc.constantFrom('1700-01-01', '1970-01-01', '2024-02-29', '2254-12-31'),
    fraction: fc.constantFrom('', '.001', '.120', '.000001', '.100200', '.999999'),
  })
  .map(({ second, day, fraction }) => {
    const whole = new Date(Date.parse(day) + second * 1000).toISOString().slice(0, 19);
    return { time: `"${whole}${fraction}Z"`, order: whole + (fraction || '.').padEnd(7, '0') };
  });

const hdpLine = fc
  .record({
    uuid: fc.ulid(),
    status: fc.constantFrom(...HDP_STATUSES),
    mode: fc.constantFrom('null', ...SCHEDULE_MODES.map((mode) => `"${mode}"`)),
    texts: fc.tuple(jsonText, jsonText),
    chains: orNull(fc.array(jsonText, { maxLength: 3 }).map((values) => `[${values.join(',')}]`)),
    hashes: fc.array(orNull(jsonText), { minLength: 7, maxLength: 7 }),
    created: instant,
    updated: instant,
  })
  .map(({ uuid, status, mode, texts, chains, hashes, created, updated }) => ({
    uuid,
    order: `${created.order} ${uuid}`,
    line:
      `{"uuid":"${uuid}","status":"${status}","destinationChainId":${texts[0]},"contractClassHash":${texts[1]},` +
      `"scheduleMode":${mode},"scheduleTxHash":${hashes[0]},"dataSourceChains":${chains},` +
      `"dataDestinationChain":${hashes[1]},"hdpCoreProgramHash":${hashes[2]},"taskHash":${hashes[3]},` +
      `"programHash":${hashes[4]},"programName":${hashes[5]},"outputTreeRoot":${hashes[6]},` +
      `"createdAt":${created.time},"updatedAt":${updated.time}}`,
  }));

describe('taskgate export gives back the bytes that were imported, and so does its own import', () => {
  let trips = 0;
  // Each trip needs two databases. They take longer to create in PostgreSQL, so more tasks share a trip.
  const [numRuns, maxLength] = isPostgres() ? [5, 64] : [40, 8];

  /** Imports the lines, exports, imports that elsewhere, exports again: both exports are the expected lines. */
  async function expectRoundTrip(
    cli: Cli,
    api: string,
    lines: readonly string[],
    expected: readonly string[],
  ) {
    trips += 1;
    const [first, other] = [`first-${trips}`, `other-${trips}`];
    await load(cli, api, ndjson(lines), first);
    const exportedText = await dump(cli, [api], first);
    expect(exportedText).toBe(ndjson(expected));
    await load(cli, api, exportedText, other);
    expect(await dump(cli, [api], other)).toBe(exportedText);
  }
  it('for Services tasks, however awkward', async () => {
    const cli = await createCli();
    const tasks = fc.uniqueArray(servicesLine, { selector: ({ id }) => id, maxLength });
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const byId = all.toSorted((a, b) => a.id - b.id);
        await expectRoundTrip(
          cli,
          'services',
          all.map(({ line }) => line),
          byId.map(({ line }) => line),
        );
      }),
      { numRuns },
    );
  });

  it('for HDP tasks, however awkward', async () => {
    const cli = await createCli();
    const tasks = fc.uniqueArray(hdpLine, { selector: ({ uuid }) => uuid, maxLength });
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const oldestFirst = all.toSorted((a, b) => (a.order < b.order ? -1 : 1));
        await expectRoundTrip(
          cli,
          'hdp',
          all.map(({ line }) => line),
          oldestFirst.map(({ line }) => line),
        );
      }),
      { numRuns },
    );
  });

  it('for one Services task with everything that a parse would lose', async () => {
    const line =
      '{"id":1,"chain":1,"desc":"a\\u0000\\"ü🧾","state":{"code":"DONE","last_run_date":"0000-01-01T00:00:00Z",' +
      '"last_modified":"9999-12-31T23:59:59Z","created_date":"1969-12-31T23:59:59Z"},"trigger":{"2":"b","1":"a"},' +
      '"target":{"n":[1.0,1e2,-0,12345678901234567890],"__proto__":{"":{}},"s":"\\ud800\\u0000\\/é"},"logs":null,' +
      '"debug":"","version":0,"result":null}';
    await expectRoundTrip(await createCli(), 'services', [line], [line]);
  });

  it('with HDP times in their shortest form', async () => {
    const line = (time: string) => JSON.stringify(anHdpTask({ createdAt: time, updatedAt: time }));
    for (const [given, shortest] of [
      ['2024-03-17T10:24:00.000Z', '2024-03-17T10:24:00Z'],
      ['2024-03-17T10:24:00.000000Z', '2024-03-17T10:24:00Z'],
      ['2024-03-17T10:24:00.120000Z', '2024-03-17T10:24:00.120Z'],
      ['2024-03-17T10:24:00.000120Z', '2024-03-17T10:24:00.000120Z'],
    ] as const) {
      await expectRoundTrip(await createCli(), 'hdp', [line(given)], [line(shortest)]);
    }
  });
});

describe('taskgate export', () => {
  const inChains = [3, 1, 2].flatMap((chain, at) =>
    [4, 0, 2].map((n) => aServicesTask({ id: 10 * n + at + 1, chain })),
  );

  it.each(['services', 'hdp'])('prints nothing when there are no %s tasks', async (api) => {
    const cli = await createCli();
    await cli.run(['migrate']);
    expect(await dump(cli, [api])).toBe('');
  });

  it('prints Services tasks of all chains by id', async () => {
    const cli = await createCli();
    await load(cli, 'services', ndjson(inChains.map((task) => JSON.stringify(task))), 'taskgate');
    expect(parseNdjson(await dump(cli, ['services']))).toEqual(inChains.toSorted((a, b) => a.id - b.id));
  });

  it.each([1, 2, 3, 4])('prints only the tasks of the chain, with --chain %i', async (chain) => {
    const cli = await createCli();
    await load(cli, 'services', ndjson(inChains.map((task) => JSON.stringify(task))), 'taskgate');
    const ofChain = inChains.filter((task) => task.chain === chain).toSorted((a, b) => a.id - b.id);
    expect(parseNdjson(await dump(cli, ['services', '--chain', String(chain)]))).toEqual(ofChain);
  });

  it('prints HDP tasks oldest first, and those of one moment by uuid', async () => {
    const cli = await createCli();
    const task = (n: number, createdAt: string) => anHdpTask({ uuid: ulid(n), createdAt });
    const inOrder = [
      task(9, '1969-12-31T23:59:59.999999Z'),
      task(8, '2024-03-17T10:24:00Z'),
      task(5, '2024-03-17T10:24:00.000001Z'),
      task(6, '2024-03-17T10:24:00.000001Z'),
      task(1, '2024-03-17T10:24:00.001Z'),
    ];
    const shuffled = [3, 0, 4, 2, 1].map((at) => JSON.stringify(inOrder[at]));
    await load(cli, 'hdp', ndjson(shuffled), 'taskgate');
    expect(parseNdjson(await dump(cli, ['hdp']))).toEqual(inOrder);
  });

  it('prints each of many tasks once, also where all are of one moment', async () => {
    const cli = await createCli();
    const hdp = Array.from({ length: 1501 }, (_, n) => JSON.stringify(anHdpTask({ uuid: ulid(n) }))).sort();
    await load(cli, 'hdp', ndjson(hdp.toReversed()), 'taskgate');
    expect(await dump(cli, ['hdp'])).toBe(ndjson(hdp));

    const services = Array.from({ length: 1501 }, (_, n) => aServicesTask({ id: n + 1, chain: (n % 2) + 1 }));
    await load(cli, 'services', ndjson(services.map((task) => JSON.stringify(task))), 'taskgate');
    expect(parseNdjson(await dump(cli, ['services']))).toEqual(services);
    expect(parseNdjson(await dump(cli, ['services', '--chain', '2']))).toHaveLength(750);
  });

  it('prints the tasks of one moment, whatever is written meanwhile', async () => {
    const cli = await createCli();
    const before = Array.from({ length: 1200 }, (_, n) =>
      JSON.stringify(anHdpTask({ uuid: ulid(n) })),
    ).sort();
    await load(cli, 'hdp', ndjson(before), 'taskgate');
    const store = openStore(cli.databaseUrl());
    const { stdout } = await cli.run(['export', 'hdp'], {
      onFirstOutput: () =>
        addHdpTasks(store, anHdpTask({ uuid: ulid(5000), createdAt: '2030-01-01T00:00:00Z' })),
    });
    await store.close();
    expect(stdout).toBe(ndjson(before));
    expect(parseNdjson(await dump(cli, ['hdp']))).toHaveLength(1201);
  });

  it('does not run ahead of a slow reader', async () => {
    const cli = await createCli();
    const lines = ndjson(
      Array.from({ length: 3000 }, (_, n) => JSON.stringify(anHdpTask({ uuid: ulid(n) }))),
    );
    await load(cli, 'hdp', lines, 'taskgate');
    let ahead = Number.POSITIVE_INFINITY;
    const { stdout } = await cli.run(['export', 'hdp'], {
      onFirstOutput: async (bytesWaiting) => {
        await setTimeout(20);
        ahead = bytesWaiting();
      },
    });
    expect(stdout).toHaveLength(lines.length);
    expect(ahead).toBeLessThan(lines.length / 2);
  });
});
