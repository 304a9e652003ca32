import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { PRINTING_COMMANDS } from '../../src/program.ts';
import { createCli } from '../support/cli.ts';
import { it, type Sandbox } from '../support/process.ts';

const COMMANDS = [
  { what: 'token', create: 'tokens create --chain 1', list: 'tokens list' },
  { what: 'session', create: 'sessions create --user 1', list: 'sessions list' },
  { what: 'key', create: 'keys create --role client', list: 'keys list' },
];

/** Runs a command with a redirection of its output in a shell. Returns the exit code of the command. */
async function runInto(sandbox: Sandbox, command: string, target: string) {
  const { stderr } = await sandbox.shell(`{ sleep 0.1; taskgate ${command}; echo "code $?" >&2; } ${target}`);
  return { code: Number(/^code (\d+)$/m.exec(stderr)?.[1]), stderr };
}

describe.each(COMMANDS)('taskgate $create', ({ what, create, list }) => {
  it('prints the secret into a file', async ({ sandbox }) => {
    const file = join(sandbox.dir, 'secret');
    expect((await runInto(sandbox, create, `> '${file}'`)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^[\w:-]{43,}\n$/);
    expect((await sandbox.taskgate(list.split(' '))).stdout).toContain('"state":"active"');
  });

  it.for([
    ['is on a full disk', '> /dev/full', 'ENOSPC'],
    ['is read by nobody any more', '| true', 'EPIPE'],
  ] as const)('deletes the new secret if its output %s', async ([, target, reason], { sandbox }) => {
    const { code, stderr } = await runInto(sandbox, create, target);
    expect(code).toBe(1);
    expect(stderr).toContain(`taskgate: The new ${what} could not be written to standard output: `);
    expect(stderr).toMatch(new RegExp(`${reason}.*\\. It was removed and does not work\\.$`, 'm'));
    expect(stderr).not.toContain('is not shown again');
    expect((await sandbox.taskgate(list.split(' '))).stdout).toBe('');
  });

  it.for([
    ['closed', '>&-'],
    ['/dev/null', '> /dev/null'],
  ] as const)('creates nothing if its output is %s', async ([, target], { sandbox }) => {
    const { code, stderr } = await runInto(sandbox, create, target);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `taskgate: Standard output is closed or /dev/null, so the new ${what} would be lost. Nothing was created.\n`,
    );
    expect((await sandbox.taskgate(list.split(' '))).stdout).toBe('');
  });
});

it.runIf(process.platform === 'linux').for(['export services', 'export hdp', 'webhooks list'])(
  'taskgate %s refuses a standard output that is closed',
  async (command, { sandbox }) => {
    expect((await sandbox.shell(`taskgate ${command} >&-; echo "code $?" >&2`)).stderr).toBe(
      'taskgate: Standard output is closed, so the output of this command would be lost. Nothing was done. ' +
        'Open it for writing, for example with "> /dev/null".\ncode 1\n',
    );
    expect(await readdir(sandbox.dir)).toEqual([]);
  },
);

it('every command that prints JSON lines is in the list of such commands', async () => {
  const cli = await createCli();
  const listing = cli.commands().filter(({ command }) => command.name() === 'list');
  expect(PRINTING_COMMANDS).toEqual(expect.arrayContaining(listing.map(({ words }) => words.join(' '))));
});
