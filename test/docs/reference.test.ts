import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES, parseConfig } from '../../src/config.ts';
import { HDP_ERRORS } from '../../src/hdp/errors.ts';
import { createProgram } from '../../src/program.ts';
import { SERVICES_ERRORS } from '../../src/services/errors.ts';
import { PAGES, readPage, sectionOf, tableRows } from '../support/documentation.ts';

const allText = PAGES.map(readPage).join('\n');
/** Returns the first cells of the rows of all tables. */
const allEntries = tableRows(allText).map(([first = '']) => first);
const timesDocumented = (name: string) => allEntries.filter((entry) => entry === name).length;
const CONFIGURATION = readPage('docs/configuration.md');
const COMMANDS = sectionOf(readPage('docs/operations.md'), 'Commands');

function leaves(command: Command, path: string): [string, Command][] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  return children.length === 0
    ? [[path, command]]
    : children.flatMap((child) => leaves(child, `${path} ${child.name()}`));
}
const program = createProgram(
  {
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    now: () => 0,
    randomBytes: (count) => Buffer.alloc(count),
    onStopSignal: () => () => {},
    logDestination: { write: () => {}, drained: async () => {} },
    stopRequested: () => Promise.resolve(),
  },
  { code: 0 },
);
const commands = leaves(program, 'taskgate');

describe('the documentation', () => {
  it('has every environment variable with its default, and no other', () => {
    const documented = tableRows(CONFIGURATION);
    expect(documented.map(([name]) => name)).toEqual(ENVIRONMENT_VARIABLES);
    const defaults = Object.values(parseConfig({})).map((value) =>
      typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '') || 'none',
    );
    expect(documented.map(([, fallback]) => fallback)).toEqual(defaults);
  });

  it('has every command, and names no other', () => {
    const documented = tableRows(COMMANDS).map(([name]) => name);
    expect(documented).toEqual(commands.map(([path]) => path));
    const named =
      allText.match(
        /taskgate (?:serve|work|migrate|check|seed|simulate|(?:import|export|tokens|admins|sessions|keys|webhooks) \w+)/g,
      ) ?? [];
    expect(documented).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('has every variable and every command once, over all pages', () => {
    const names = [...ENVIRONMENT_VARIABLES, ...commands.map(([path]) => path)];
    expect(names.filter((name) => timesDocumented(name) !== 1)).toEqual([]);
  });

  it('has every error code of the Services API once, over all pages', () => {
    const codes = Object.values(SERVICES_ERRORS).map(({ name }) => name);
    const named = tableRows(allText).map(([, , name = '']) => name);
    expect(codes.filter((code) => named.filter((name) => name === code).length !== 1)).toEqual([]);
  });

  it('has every option of every command in the row of the command, and no other', () => {
    const documented = tableRows(COMMANDS).map(([name = '', text = '']) => {
      const options = new Set(text.match(/--[a-z][a-z-]+/g) ?? []);
      return [name, [...options].sort()];
    });
    const expected = commands.map(([path, { options }]) => [
      path,
      options.map((option) => option.long ?? '').sort(),
    ]);
    expect(documented).toEqual(expected);
  });

  it('has every error of both APIs, and no other', () => {
    expect(
      tableRows(sectionOf(readPage('docs/services-api.md'), 'Errors')).map((row) => row.slice(0, 3)),
    ).toEqual(
      Object.values(SERVICES_ERRORS).map(({ status, code, name }) => [String(status), String(code), name]),
    );
    const hdp = tableRows(sectionOf(readPage('docs/hdp-api.md'), 'Errors'));
    const possible = Object.values(HDP_ERRORS).map(({ status }) => String(status));
    expect(hdp.map(([status]) => status)).toEqual(possible);
  });
});
