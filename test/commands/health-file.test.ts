import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type Cli, createCli } from '../support/cli.ts';
import { NOW } from '../support/gateway.ts';

// Which files a command accepts as its health file. It does not change other files.

const COMMANDS = [['tokens', 'list'], ['migrate'], ['serve'], ['work']];

describe.each(COMMANDS.map((args) => ({ args, command: args.join(' ') })))(
  'the health file of taskgate $command',
  ({ args }) => {
    /** Expects that the command rejects a health file with this message and changes nothing. */
    async function expectRefusal(cli: Cli, path: string, sentence: string) {
      const before = await cli.storedBytes();
      const names = readdirSync(cli.directory);
      expect(await cli.run(args, { env: { HEALTH_FILE: path } })).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: The configuration is wrong: ${sentence}.\n`,
      });
      expect(await cli.storedBytes()).toEqual(before);
      expect(readdirSync(cli.directory)).toEqual(names);
    }
    const another = (path: string, what: string) =>
      `HEALTH_FILE must name a file that taskgate may replace, and ${path} is ${what}; set it to the path of a new file`;

    it.for(['notes', '{"pid":', '{}', '"x"', `${' '.repeat(5000)}{"pid":1,"command":"serve"}`])(
      'is not a file with other content (%#)',
      async (content) => {
        const cli = await createCli();
        const path = await cli.file('notes.txt', content);
        await expectRefusal(cli, path, another(path, 'another file'));
      },
    );

    it('is not a database', async () => {
      const cli = await createCli();
      const other = cli.databaseUrl('other');
      new Database(other).exec('CREATE TABLE a (x)').close();
      await expectRefusal(cli, other, another(other, 'another file'));
    });

    it.runIf(process.platform === 'linux')('is neither a named pipe nor a device', async () => {
      const cli = await createCli();
      const pipe = join(cli.directory, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const path of [pipe, '/dev/null']) {
        const outcome = await cli.run(args, { env: { HEALTH_FILE: path } });
        expect(outcome.stderr).toBe(
          `taskgate: The configuration is wrong: ${another(path, 'no regular file')}.\n`,
        );
      }
      expect(await cli.run(['health'], { env: { HEALTH_FILE: pipe } })).toMatchObject({
        code: 1,
        stderr: `taskgate: No process has written ${pipe}.\n`,
      });
    });

    it('is not a folder, and leaves no temporary file next to it', async () => {
      const cli = await createCli();
      const folder = join(cli.directory, 'folder');
      await mkdir(folder);
      const outcome = await cli.run(args, { env: { HEALTH_FILE: folder } });
      expect(outcome.stderr).toBe(`taskgate: The configuration is wrong: ${another(folder, 'a folder')}.\n`);
      expect(readdirSync(cli.directory)).toEqual(['folder']);
    });

    it('may be empty', async () => {
      const cli = await createCli();
      await cli.run(['migrate']);
      const path = await cli.file('health.json', '');
      expect(await cli.run(args, { env: { HEALTH_FILE: path, PORT: '0' } })).toMatchObject({ code: 0 });
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ command: args.join(' ') });
      expect(readdirSync(cli.directory).filter((name) => name.startsWith('health'))).toEqual(['health.json']);
    });
  },
);

describe('a health record whose pid now belongs to another process', () => {
  const other = process.ppid;

  it.runIf(process.platform === 'linux')('is detected and replaced by any command', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const stale = { pid: other, identity: 'of-an-earlier-process', command: 'work', checkedAt: 1 };
    const path = await cli.file('health.json', JSON.stringify(stale));
    const env = { HEALTH_FILE: path };
    expect((await cli.run(['health'], { env })).stderr).toBe(
      `taskgate: taskgate work has ended (process ${other}).\n`,
    );
    expect(await cli.run(['tokens', 'list'], { env })).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ command: 'tokens list' });
  });

  it('is replaced by serve and work if its process cannot be determined', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const record = JSON.stringify({ pid: other, command: 'work', checkedAt: 1 });
    const path = await cli.file('health.json', record);
    const env = { HEALTH_FILE: path, PORT: '0' };
    await cli.run(['tokens', 'list'], { env });
    expect(readFileSync(path, 'utf8')).toBe(record);
    await cli.run(['work'], { env });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ command: 'work', pid: process.pid });
    expect(await cli.run(['health'], { env: { HEALTH_FILE: path }, now: NOW })).toMatchObject({ code: 0 });
  });
});
