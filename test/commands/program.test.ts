import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCli } from '../support/cli.ts';

const ALL = [
  'taskgate',
  'taskgate serve',
  'taskgate work',
  'taskgate health',
  'taskgate migrate',
  'taskgate migrate-to',
  'taskgate unfreeze',
  'taskgate check',
  'taskgate seed',
  'taskgate simulate',
  'taskgate import',
  'taskgate import services',
  'taskgate import hdp',
  'taskgate export',
  'taskgate export services',
  'taskgate export hdp',
  'taskgate tasks',
  'taskgate tasks remove',
  'taskgate tasks reset',
  'taskgate tokens',
  'taskgate tokens create',
  'taskgate tokens list',
  'taskgate tokens revoke',
  'taskgate admins',
  'taskgate admins grant',
  'taskgate admins revoke',
  'taskgate admins list',
  'taskgate sessions',
  'taskgate sessions create',
  'taskgate sessions list',
  'taskgate sessions revoke',
  'taskgate keys',
  'taskgate keys create',
  'taskgate keys list',
  'taskgate keys revoke',
  'taskgate webhooks',
  'taskgate webhooks list',
  'taskgate webhooks resend',
];

const WORKERS = 'It must be an integer from 1 to 64.';
const A_CHAIN = 'It must be an integer from 1 to 9007199254740991.';

describe('the command line', () => {
  it('has these commands', async () => {
    const commands = (await createCli()).commands();
    expect(commands.map(({ words }) => ['taskgate', ...words].join(' '))).toEqual(ALL);
  });

  it('describes every command, option and argument on --help', async () => {
    const cli = await createCli();
    for (const { words, command } of cli.commands()) {
      const { code, stdout, stderr } = await cli.run([...words, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: ${['taskgate', ...words].join(' ')}`);
      const unbroken = stdout.replace(/\s+/g, ' ');
      expect(command.description()).not.toBe('');
      expect(unbroken).toContain(command.description());
      for (const option of command.options) {
        expect(option.description, option.flags).not.toBe('');
        expect(unbroken).toContain(`${option.flags} ${option.description}`);
      }
      for (const argument of command.registeredArguments) expect(unbroken).toContain(`<${argument.name()}>`);
      for (const sub of command.commands) expect(unbroken).toContain(sub.description());
    }
  });

  it('prints its version', async () => {
    const { code, stdout } = await (await createCli()).run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each<[string[], string]>([
    [['srve'], "error: unknown command 'srve'"],
    [['tokens', 'make'], "error: unknown command 'make'"],
    [['import', 'pages', '-'], "error: unknown command 'pages'"],
    [['--verbose'], "error: unknown option '--verbose'"],
    [['export', 'hdp', '--chain', '1'], "error: unknown option '--chain'"],
    [['seed', '--forced'], "error: unknown option '--forced'"],
    [['migrate', 'now'], "error: too many arguments for 'migrate'"],
    [['import', 'hdp'], "error: missing required argument 'file'"],
    [['import', 'hdp', 'a', 'b'], "error: too many arguments for 'hdp'"],
    [['import', 'hdp', '-', '--on-conflict', 'merge'], 'Allowed choices are error, skip, replace.'],
    [['import', 'hdp', '-', '--on-conflict'], 'argument missing'],
    [['tokens', 'create'], "error: required option '--chain <id>' not specified"],
    [['tokens', 'create', '--chain', '1e3'], A_CHAIN],
    [['tokens', 'create', '--chain', ' 1'], A_CHAIN],
    [['tokens', 'create', '--chain', '9007199254740993'], A_CHAIN],
    [['tokens', 'create', '--chain', '0'], A_CHAIN],
    [['tokens', 'create', '--chain', '-1'], A_CHAIN],
    [['admins', 'grant', '--user', '1', '--chain', '0'], A_CHAIN],
    [['export', 'services', '--chain', '00'], A_CHAIN],
    [['tokens', 'revoke'], "error: missing required argument 'id'"],
    [['export', 'services', '--chain', 'all'], A_CHAIN],
    [['sessions', 'create'], "error: required option '--user <id>' not specified"],
    [['serve', '--workers', '0'], WORKERS],
    [['serve', '--workers', '65'], WORKERS],
    [['serve', '--workers', '2.0'], WORKERS],
    [['serve', '--workers'], "error: option '--workers <n>' argument missing"],
    [['sessions', 'create', '--user', '-1'], 'It must be an integer from 0 to 9007199254740991.'],
    [['admins', 'grant', '--user', '1'], "error: required option '--chain <id>' not specified"],
    [
      ['admins', 'grant', '--user', '1', '--chain', '1', '--level', 'read'],
      'Allowed choices are READ, WRITE.',
    ],
  ])('rejects %j with a message on stderr', async (args, message) => {
    const { code, stdout, stderr } = await (await createCli()).run(args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it.each([[[]], [['import']], [['export']], [['tokens']], [['admins']], [['sessions']]])(
    'says in one sentence what is missing when %j stands alone',
    async (args) => {
      const { code, stdout, stderr } = await (await createCli()).run(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      const name = ['taskgate', ...args].join(' ');
      expect(stderr).toBe(`error: ${name} needs a command; see ${name} --help\n`);
    },
  );
});

describe('every command that opens the database', () => {
  const commands = [
    ['serve'],
    ['migrate'],
    ['seed'],
    ['import', 'hdp', '-'],
    ['export', 'services'],
    ['migrate-to', 'other.db'],
    ['unfreeze'],
    ['tokens', 'create', '--chain', '1'],
    ['tokens', 'list'],
    ['tokens', 'revoke', 'x'],
    ['admins', 'grant', '--user', '1', '--chain', '1'],
    ['admins', 'revoke', '--user', '1', '--chain', '1'],
    ['admins', 'list'],
    ['sessions', 'create', '--user', '1'],
    ['sessions', 'list'],
    ['sessions', 'revoke', 'x'],
  ].map((args) => ({ args, command: args.join(' ') }));

  it.each(commands)(
    'says in one sentence what is wrong with the configuration (taskgate $command)',
    async ({ args }) => {
      const cli = await createCli();
      const env = { PORT: 'x', LOG_LEVEL: 'y', DATABASE_URL: 'mysql://u:hush@db/x' };
      expect(await cli.run(args, { env })).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'taskgate: The configuration is wrong: PORT must be an integer from 0 to 65535; ' +
          'DATABASE_URL must be a file path, a file: URL or a postgres:// URL; ' +
          'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.\n',
      });
    },
  );

  it.each(commands)(
    'says in one sentence that the database is none (taskgate $command)',
    async ({ args }) => {
      const cli = await createCli();
      await cli.file('taskgate.db', 'These are not the bytes of an SQLite database.'.repeat(100));
      expect(await cli.run(args)).toEqual({
        code: 1,
        stdout: '',
        stderr: `taskgate: The database ${cli.databaseUrl()} cannot be opened: file is not a database.\n`,
      });
    },
  );
});

describe('taskgate migrate', () => {
  it('creates the database and its directories, and does nothing the second time', async () => {
    const cli = await createCli();
    const env = { DATABASE_URL: join(cli.directory, 'new', 'deep', 'tasks.db') };
    const done = (stderr: string) => ({ code: 0, stdout: '', stderr });
    expect(await cli.run(['migrate'], { env })).toEqual(done('The tables were created.\n'));
    expect(await cli.run(['migrate'], { env })).toEqual(done('The database is up to date.\n'));
    expect(await cli.run(['export', 'hdp'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
