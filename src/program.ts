import { createRequire } from 'node:module';
import { type AddHelpTextContext, Command } from 'commander';
import { MAX_WORKERS, parseInteger, parseSpeed, parseWorkerCount } from './commands/arguments.ts';
import type { ServeContext, SetExitCode } from './commands/command.ts';
import { claimHealthFile } from './commands/health-file.ts';
import { requireOpenStdout } from './commands/stdout.ts';
import { parseConfig } from './config.ts';
import { visible } from './lib/text.ts';
import { addCredentialCommands } from './program-credentials.ts';
import { addTaskCommands, addWebhookCommands } from './program-tasks.ts';

/**
 * Commands that only print. They refuse to run if standard output is closed. Commands that print a secret have a stricter
 * check, and an import works without standard output.
 */
export const PRINTING_COMMANDS = [
  'export services',
  'export hdp',
  'tokens list',
  'admins list',
  'sessions list',
  'keys list',
  'webhooks list',
];

/**
 * Creates the command line parser. Each action stores its exit code in `outcome`. The module of a command is imported when
 * the command runs, because loading all modules takes longer than most commands take.
 */
export function createProgram(context: ServeContext, outcome: { code: number }): Command {
  const { version }: { version: string } = createRequire(import.meta.url)('../package.json');
  const program = new Command('taskgate')
    .description('Serves two task APIs from one database. Configuration comes from the environment.')
    .version(version)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${visible(text.replace(/\n$/, ''))}\n`) })
    .on('beforeAllHelp', ({ error, command }: AddHelpTextContext) => {
      if (!error) return;
      const name = command === program ? 'taskgate' : `taskgate ${nameOf(command)}`;
      program.error(`error: ${name} needs a command; see ${name} --help`);
    });
  const setExitCode: SetExitCode = async (code: Promise<number>) => {
    outcome.code = await code;
  };

  program.hook('preAction', (_, command) => {
    if (PRINTING_COMMANDS.includes(nameOf(command))) requireOpenStdout(context);
  });
  // `serve`, `work` and `health` use the health file themselves. Any other command is healthy while it runs.
  program.hook('preAction', (_, command) => {
    if (['serve', 'work', 'health'].includes(command.name())) return;
    claimHealthFile(parseConfig(context.env).healthFile, nameOf(command), () => {});
  });

  program
    .command('serve')
    .description('serve both APIs until SIGTERM, SIGINT or SIGHUP')
    .option('--demo', 'load the demo data into an empty database and print two requests to try', false)
    .option('--workers <n>', `processes that share the port, from 1 to ${MAX_WORKERS}`, parseWorkerCount, 1)
    .action(async ({ demo, workers }: { demo: boolean; workers: number }) =>
      setExitCode(
        workers === 1
          ? (await import('./commands/serve.ts')).serve(context, { demo })
          : (await import('./commands/serve-workers.ts')).serveWithWorkers(context, { demo, workers }),
      ),
    );
  program
    .command('work')
    .description('run due tasks and send webhooks until SIGTERM, SIGINT or SIGHUP; serve does so too')
    .option('--demo', 'let exports read the demo data if EXPORT_SOURCE_URL is not set', false)
    .action(async (options) => setExitCode((await import('./commands/work.ts')).work(context, options)));
  program
    .command('health')
    .description('check the process that HEALTH_FILE describes; exit 0 if it is healthy, else 1')
    .action(async () => setExitCode((await import('./commands/health.ts')).health(context)));
  program
    .command('migrate')
    .description(
      'create the database if it does not exist, and bring it up to this version; serve does so too',
    )
    .action(async () => setExitCode((await import('./commands/migrate.ts')).migrate(context)));
  program
    .command('migrate-to')
    .description('copy the database completely into another one, of either kind, and compare the two')
    .argument('<url>', 'a postgres:// URL, or the path of a SQLite file, of an empty database')
    .option('--verify-only', 'only compare; exit 1 if they differ', false)
    .option('--freeze', 'first make the source refuse changes, until taskgate unfreeze', false)
    .action(async (url, options) =>
      setExitCode((await import('./commands/migrate-to.ts')).migrateTo(context, url, options)),
    );
  program
    .command('unfreeze')
    .description('let a database that migrate-to --freeze has frozen be changed again')
    .action(async () => setExitCode((await import('./commands/unfreeze.ts')).unfreeze(context)));
  program
    .command('check')
    .description('compare the derived data with the tasks; exit 1 if it differs')
    .option('--repair', 'rebuild the derived data if it differs', false)
    .action(async (options) => setExitCode((await import('./commands/check.ts')).check(context, options)));
  program
    .command('seed')
    .description('load the demo tasks and credentials into an empty database')
    .option('--force', 'load them into a database with tasks too', false)
    .action(async (options) => setExitCode((await import('./commands/seed.ts')).seed(context, options)));
  program
    .command('simulate')
    .description('simulate processors: move HDP tasks through their stages until SIGTERM, SIGINT or SIGHUP')
    .option('--seed <n>', 'seed of the random numbers that decide the outcome of each task', parseInteger, 1)
    .option(
      '--speed <x>',
      'how many times faster than real processors, which take about twelve minutes per task',
      parseSpeed,
      60,
    )
    .option('--tasks <n>', 'number of tasks to create first', parseInteger, 0)
    .option('--once', 'exit when every task has ended', false)
    .action(async (options) =>
      setExitCode((await import('./commands/simulate.ts')).simulate(context, options)),
    );

  addTaskCommands(program, context, setExitCode);
  addCredentialCommands(program, context, setExitCode);
  addWebhookCommands(program, context, setExitCode);
  return program;
}

/** Returns the name of a command with its parent commands, such as `tokens list`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
