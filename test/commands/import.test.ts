import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { createCli, parseNdjson } from '../support/cli.ts';
import {
  exportTasks,
  HDP_LINE,
  hdpLine,
  nestedArrays,
  replaceText,
  SERVICES_LINE,
  servicesLine,
  summary,
  toNdjson,
} from '../support/import-lines.ts';
import { anHdpTask, aServicesTask, ulid } from '../support/tasks.ts';

describe('taskgate import of valid lines', () => {
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
  ])('loads a file of $api tasks and prints a summary', async ({ api, tasks }) => {
    const cli = await createCli();
    const file = await cli.file('tasks.ndjson', toNdjson(...tasks));
    const { code, stdout, stderr } = await cli.run(['import', api, file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseNdjson(stdout)).toEqual([summary(api, { read: 2, inserted: 2 })]);
    expect(await exportTasks(cli, api)).toEqual(tasks);
  });

  it.each([
    ['services', SERVICES_LINE],
    ['hdp', HDP_LINE],
  ])('loads %s tasks from standard input', async (api, line) => {
    const cli = await createCli();
    const { code, stdout } = await cli.run(['import', api, '-'], { stdin: line });
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary(api, { read: 1, inserted: 1 })]);
    expect(await exportTasks(cli, api)).toEqual([JSON.parse(line)]);
  });

  it('loads nothing from an empty input', async () => {
    const cli = await createCli();
    const { code, stdout } = await cli.run(['import', 'hdp', '-']);
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('hdp', {})]);
  });

  it('accepts a byte order mark, CRLF, blank lines and a last line without a line end', async () => {
    const cli = await createCli();
    const stdin = `\ufeff${servicesLine({ id: 1 })}\r\n\r\n  \n${servicesLine({ id: 2 })}`;
    const { code, stdout } = await cli.run(['import', 'services', '-'], { stdin });
    expect(code).toBe(0);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 2, inserted: 2 })]);
  });

  it('accepts spaces in the trigger of a READY task, and any trigger of an ended task', async () => {
    const cli = await createCli();
    const state = { ...aServicesTask().state, code: 'DONE' };
    const ended = servicesLine({ id: 2, state, trigger: { once: 'yesterday', repeat: 'never' } });
    const stdin = toNdjson(replaceText(SERVICES_LINE, '"trigger":{"once":', '"trigger":{ "once" : '), ended);
    expect((await cli.run(['import', 'services', '-'], { stdin })).code).toBe(0);
    const store = openStore(cli.databaseUrl());
    expect(await store.servicesTaskLifecycle.find(1764, 1)).toMatchObject({
      dueAt: Date.parse('2026-05-26T12:00:00Z'),
    });
    expect(await store.servicesTaskLifecycle.find(1764, 2)).toMatchObject({ dueAt: null });
    await store.close();
  });

  it('accepts keys in any order and white space anywhere', async () => {
    const cli = await createCli();
    const reversed = JSON.stringify(Object.fromEntries(Object.entries(aServicesTask()).reverse()));
    const stdin = reversed.replaceAll(',"', ' ,\t"').replaceAll('":', '" : ');
    expect((await cli.run(['import', 'services', '-'], { stdin })).code).toBe(0);
    expect((await cli.run(['export', 'services'])).stdout).toBe(`${SERVICES_LINE}\n`);
  });

  it('accepts 500 levels of nesting and exports them', async () => {
    const cli = await createCli();
    const line = replaceText(SERVICES_LINE, '"action":"export"', `"action":${nestedArrays(499)}`);
    expect((await cli.run(['import', 'services', '-'], { stdin: line })).code).toBe(0);
    expect((await cli.run(['export', 'services'])).stdout).toBe(`${line}\n`);
  });

  it('loads 20,000 lines from chunks of any size', async () => {
    const cli = await createCli();
    const lines = Array.from({ length: 20_000 }, (_, n) =>
      hdpLine({ uuid: ulid(n), programName: `n° ${n}` }),
    );
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
    expect((await cli.run(['export', 'hdp'])).stdout).toBe(toNdjson(...lines.sort()));
  });

  it('draws a progress bar on a terminal, and prints the same messages at the end', async () => {
    const cli = await createCli();
    const file = await cli.file('tasks.ndjson', toNdjson(HDP_LINE, '1'));
    for (const [input, bar] of [
      [file, / 100% \| \d+ lines/],
      ['-', /^[^%]* \d+ lines[^%]*$/],
    ] as const) {
      const args = ['import', 'hdp', input, '--keep-going', '--on-conflict', 'replace'];
      const { code, stdout, stderr } = await cli.run(args, { isTTY: true, stdin: toNdjson(HDP_LINE, '1') });
      expect(code).toBe(1);
      expect(parseNdjson(stdout)).toMatchObject([{ read: 2, rejected: 1 }]);
      expect(stderr).toMatch(bar);
      // The messages follow the last byte of the bar, so that the bar does not overwrite them.
      const messages = 'Line 2: it is not an object.\n1 of 2 lines were bad and were skipped.\n';
      expect(stderr.slice(-messages.length)).toBe(messages);
    }
  });
});

describe('taskgate import --keep-going', () => {
  it('loads the valid lines, reports the bad ones and exits with 1', async () => {
    const cli = await createCli();
    const lines = [
      '{"id":1',
      servicesLine({ id: 3 }),
      '',
      servicesLine({ id: 0 }),
      servicesLine({ id: 1 }),
      servicesLine({ id: 3 }),
    ];
    const { code, stdout, stderr } = await cli.run(['import', 'services', '-', '--keep-going'], {
      stdin: toNdjson(...lines),
    });
    expect(code).toBe(1);
    expect(parseNdjson(stdout)).toEqual([summary('services', { read: 5, inserted: 2, rejected: 3 })]);
    expect(stderr).toBe(
      'Line 1: it is not valid JSON.\nLine 4: id must be 1 or more.\nLine 6: id 3 repeats an earlier line.\n' +
        '3 of 5 lines were bad and were skipped.\n',
    );
    expect(await exportTasks(cli, 'services')).toEqual([aServicesTask({ id: 1 }), aServicesTask({ id: 3 })]);
  });

  it('exits with 0 if no line is bad', async () => {
    const cli = await createCli();
    const { code, stdout, stderr } = await cli.run(['import', 'hdp', '-', '--keep-going'], {
      stdin: HDP_LINE,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: 1, inserted: 1 })]);
  });

  it.each([
    [100, '100 of 100 lines were bad and were skipped.'],
    [103, '3 more bad lines are not shown.\n103 of 103 lines were bad and were skipped.'],
  ])('reports the first 100 of %i bad lines', async (bad, end) => {
    const cli = await createCli();
    const { stdout, stderr } = await cli.run(['import', 'hdp', '-', '--keep-going'], {
      stdin: 'x\n'.repeat(bad),
    });
    expect(parseNdjson(stdout)).toEqual([summary('hdp', { read: bad, rejected: bad })]);
    const named = Array.from({ length: 100 }, (_, n) => `Line ${n + 1}: it is not valid JSON.\n`);
    expect(stderr).toBe(`${named.join('')}${end}\n`);
  });
});

describe('taskgate import of an unreadable input', () => {
  it('reports a missing file in one sentence', async () => {
    const cli = await createCli();
    const file = join(cli.directory, 'nowhere.ndjson');
    expect(await cli.run(['import', 'hdp', file])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: The file ${file} cannot be read: no such file or directory.\n`,
    });
  });

  it('reports a directory in one sentence', async () => {
    const cli = await createCli();
    expect(await cli.run(['import', 'services', cli.directory])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: The file ${cli.directory} cannot be read: it is a directory.\n`,
    });
  });

  it('reports an input that fails in one sentence, and loads nothing', async () => {
    const cli = await createCli();
    function* broken() {
      yield Buffer.from(toNdjson(HDP_LINE));
      throw new Error('the pipe broke\n    at somewhere');
    }
    expect(await cli.run(['import', 'hdp', '-'], { stdin: broken() })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'taskgate: The command failed unexpectedly: the pipe broke.\n',
    });
    expect(await exportTasks(cli, 'hdp')).toEqual([]);
  });
});
