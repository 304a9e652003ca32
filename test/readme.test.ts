import { existsSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES, parseConfig } from '../src/config.ts';
import { loadSeeds } from '../src/demo/seeds.ts';
import { HDP_ERRORS } from '../src/hdp/errors.ts';
import { createProgram } from '../src/program.ts';
import { SERVICES_ERRORS } from '../src/services/errors.ts';
import { createGateway } from './support/gateway.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (title: string) =>
  new RegExp(`^#+ ${title}\n(.*?)(?=^#+ |(?![^]))`, 'ms').exec(readme)?.[1] ?? '';
/** The cells of the rows of all tables in a text, without the headings. */
const bodyRows = (text: string) =>
  [...text.matchAll(/(?:^\|.*\n)+/gm)].flatMap(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(2, -2)
          .split(' | ')
          .map((cell) => cell.replaceAll('`', '').trim()),
      ),
  );

function leaves(command: Command, path: string): [string, Command][] {
  const own = command.commands.filter((child) => child.name() !== 'help');
  return own.length === 0
    ? [[path, command]]
    : own.flatMap((child) => leaves(child, `${path} ${child.name()}`));
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

describe('the README', () => {
  it('has every environment variable with its default, and no other', () => {
    const documented = bodyRows(section('Configuration'));
    expect(documented.map(([name]) => name)).toEqual(ENVIRONMENT_VARIABLES);
    const defaults = Object.values(parseConfig({})).map((value) =>
      typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '') || 'none',
    );
    expect(documented.map(([, fallback]) => fallback)).toEqual(defaults);
  });

  it('has every command, and no other', () => {
    const documented = bodyRows(section('Your own data')).map(([name]) => name);
    expect(documented).toEqual(leaves(program, 'taskgate').map(([path]) => path));
    const named =
      readme.match(
        /taskgate (?:serve|work|migrate|check|seed|simulate|(?:import|export|tokens|admins|sessions|keys|webhooks) \w+)/g,
      ) ?? [];
    expect(documented).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('has every option of every command, and no other', () => {
    const options = leaves(program, '').flatMap(([, command]) =>
      command.options.map((option) => option.long ?? ''),
    );
    const named = section('Your own data').match(/--[a-z][a-z-]+/g) ?? [];
    expect([...new Set(named)].filter((name) => name !== '--help').sort()).toEqual(
      [...new Set(options)].sort(),
    );
  });

  it('has every error of both APIs, and no other', () => {
    expect(
      bodyRows(section('Services API'))
        .filter((row) => row.length === 4)
        .map((row) => row.slice(0, 3)),
    ).toEqual(
      Object.values(SERVICES_ERRORS).map(({ status, code, name }) => [String(status), String(code), name]),
    );
    const hdp = bodyRows(section('HDP API')).filter(([first = '']) => /^\d+$/.test(first));
    const possible = Object.values(HDP_ERRORS).map(({ status }) => String(status));
    expect(hdp.map(([status]) => status)).toEqual(possible);
  });

  it('shows the answers that its curl lines get from the demo data', async () => {
    const { app, store } = await createGateway();
    await loadSeeds(store, 0);
    const examples = [
      ...readme.matchAll(/^curl '([^']+)'(?: -H '(\w+): ([^']+)')?\n```\n\n```json\n(.*)\n```/gm),
    ];
    expect(examples).toHaveLength(2);
    for (const [, url = '', header, value = '', answer] of examples) {
      const headers: Record<string, string> = header === undefined ? {} : { [header]: value };
      const response = await app.request(url.replace('.localhost:8787', '.test'), { headers });
      expect(await response.text()).toBe(answer);
    }
  });

  it('names no file or folder of the repository that does not exist', () => {
    const named = [...readme.matchAll(/`((?:src|test|bench|drizzle|seeds|\.ci)\/[\w./-]*)`/g)];
    const paths = named.map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
  });

  it('has every npm script that it names', () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    );
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});
