import { createRequire } from 'node:module';
import { type AddHelpTextContext, Command, Option } from 'commander';
import { chainId, integer, MAX_WORKERS, positive, taskReference, workerCount } from './commands/arguments.ts';
import type { ServeContext } from './commands/command.ts';
import { claimHealthFile } from './commands/health-file.ts';
import { requireOpenStdout } from './commands/stdout.ts';
import { parseConfig } from './config.ts';
import { ACCESS_LEVELS, KEY_ROLES, WEBHOOK_STATES } from './db/model/statuses.ts';
import { visible } from './lib/text.ts';

/**
 * The commands that are run only for what they print. Those that print a secret have a stricter check; an import without
 * standard output, as of cron, still does its work.
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
 * Creates the command table. Each action leaves its exit code in `outcome`. A command's module is imported when the command
 * runs, because loading all of them takes longer than most commands do.
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
      program.error(`error: ${name} needs one of its commands; see ${name} --help`);
    });
  const finish = async (code: Promise<number>) => {
    outcome.code = await code;
  };

  program.hook('preAction', (_, command) => {
    if (PRINTING_COMMANDS.includes(nameOf(command))) requireOpenStdout(context);
  });
  // `serve` and `work` report more about themselves; any other command is healthy while it runs.
  program.hook('preAction', (_, command) => {
    if (['serve', 'work', 'health'].includes(command.name())) return;
    claimHealthFile(parseConfig(context.env).healthFile, nameOf(command), () => {});
  });

  program
    .command('serve')
    .description('serve both APIs until SIGTERM, SIGINT or SIGHUP')
    .option('--demo', 'load the seeds into an empty database and print two requests to try', false)
    .option('--workers <n>', `processes that share the port, from 1 to ${MAX_WORKERS}`, workerCount, 1)
    .action(async ({ demo, workers }: { demo: boolean; workers: number }) =>
      finish(
        workers === 1
          ? (await import('./commands/serve.ts')).serve(context, { demo })
          : (await import('./commands/serve-workers.ts')).serveWithWorkers(context, { demo, workers }),
      ),
    );
  program
    .command('work')
    .description('run the tasks that are due until SIGTERM, SIGINT or SIGHUP; serve does so too')
    .option('--demo', 'let exports read the demo data of seeds/ when EXPORT_SOURCE_URL is not set', false)
    .action(async (options) => finish((await import('./commands/work.ts')).work(context, options)));
  program
    .command('health')
    .description('check the process that HEALTH_FILE describes: exit 0 when it is healthy, or 1')
    .action(async () => finish((await import('./commands/health.ts')).health(context)));
  program
    .command('migrate')
    .description('bring the database up to this version; serve does so too')
    .action(async () => finish((await import('./commands/migrate.ts')).migrate(context)));
  program
    .command('check')
    .description('compare the derived data with the tasks; exit 1 if it differs')
    .option('--repair', 'rebuild it if it differs', false)
    .action(async (options) => finish((await import('./commands/check.ts')).check(context, options)));
  program
    .command('seed')
    .description('load the demo tasks and credentials into an empty database')
    .option('--force', 'also into a database that has tasks', false)
    .action(async (options) => finish((await import('./commands/seed.ts')).seed(context, options)));
  program
    .command('simulate')
    .description('move HDP tasks through the stages, as processors would, until SIGTERM, SIGINT or SIGHUP')
    .option('--seed <n>', 'decides what becomes of each task', integer, 1)
    .option(
      '--speed <x>',
      'how many times as fast as the real thing, which takes about twelve minutes',
      positive,
      60,
    )
    .option('--tasks <n>', 'make so many tasks first', integer, 0)
    .option('--once', 'end when every task has ended', false)
    .action(async (options) => finish((await import('./commands/simulate.ts')).simulate(context, options)));

  const onConflict = new Option(
    '--on-conflict <what>',
    'what to do with a task whose id or uuid is there already',
  )
    .choices(['error', 'skip', 'replace'])
    .default('error');
  const load = program.command('import').description('load tasks from NDJSON, each line as the API lists it');
  const dump = program
    .command('export')
    .description('print tasks as NDJSON, as the lists show them; this is not a backup');
  for (const api of ['services', 'hdp'] as const) {
    const command = load
      .command(`${api} <file>`)
      .description(`load ${api} tasks from a file, or from standard input with -`)
      .addOption(onConflict)
      .option('--keep-going', 'load the good lines and report the bad ones, instead of all or nothing', false)
      .action(async (file, options) =>
        finish((await import('./commands/import.ts')).importTasks(context, api, file, options)),
      );
    if (api === 'services') {
      command.option('--allow-chain-change', 'let "replace" move a task to another chain', false);
    }
  }
  dump
    .command('services')
    .description('print Services tasks, by id')
    .option('--chain <id>', 'only the tasks of this chain', chainId)
    .action(async (options) =>
      finish((await import('./commands/export.ts')).exportTasks(context, 'services', options)),
    );
  dump
    .command('hdp')
    .description('print HDP tasks, oldest first')
    .action(async () => finish((await import('./commands/export.ts')).exportTasks(context, 'hdp', {})));

  const tasks = program.command('tasks').description('tasks, one at a time');
  tasks
    .command('remove')
    .description('remove a task and all that belongs to it, so that a series of repeated tasks ends')
    .argument('<id>', 'the id of a Services task, or the uuid of an HDP task', taskReference)
    .action(async (task) => finish((await import('./commands/tasks.ts')).removeTask(context, task)));
  tasks
    .command('reset')
    .description('put a Services task back to READY, or a failed HDP task back to Received')
    .argument('<id>', 'the id of a Services task, or the uuid of an HDP task', taskReference)
    .action(async (task) => finish((await import('./commands/tasks.ts')).resetTask(context, task)));

  const tokens = program.command('tokens').description('access tokens of the Services API');
  tokens
    .command('create')
    .description('make a token and print ID:SECRET, this once')
    .requiredOption('--chain <id>', 'the chain that it opens', chainId)
    .option('--label <text>', 'what it is for', '')
    .option('--expires <when>', 'a duration (12h, 30d) or a time (2027-01-31T00:00:00Z); never without this')
    .action(async (options) => finish((await import('./commands/tokens.ts')).createToken(context, options)));
  tokens
    .command('list')
    .description('print all tokens, a JSON line each, without secrets')
    .action(async () => finish((await import('./commands/tokens.ts')).listTokens(context)));
  tokens
    .command('revoke <id>')
    .description('end a token')
    .action(async (id) => finish((await import('./commands/tokens.ts')).revokeToken(context, id)));

  const admins = program.command('admins').description('who may do what in which chain');
  admins
    .command('grant')
    .description('give a user a level of access to a chain')
    .requiredOption('--user <id>', 'the user', integer)
    .requiredOption('--chain <id>', 'the chain', chainId)
    .addOption(new Option('--level <level>', 'WRITE includes READ').choices(ACCESS_LEVELS).default('READ'))
    .action(async (options) => finish((await import('./commands/admins.ts')).grantAccess(context, options)));
  admins
    .command('revoke')
    .description("take a user's access to a chain away")
    .requiredOption('--user <id>', 'the user', integer)
    .requiredOption('--chain <id>', 'the chain', integer)
    .action(async (options) => finish((await import('./commands/admins.ts')).revokeAccess(context, options)));
  admins
    .command('list')
    .description('print all grants, a JSON line each')
    .action(async () => finish((await import('./commands/admins.ts')).listAccess(context)));

  const sessions = program.command('sessions').description('admin sessions of the Services API');
  sessions
    .command('create')
    .description('make a session and print its key, this once')
    .requiredOption('--user <id>', 'the user', integer)
    .option('--expires <when>', 'a duration (12h, 30d) or a time (2027-01-31T00:00:00Z)', '12h')
    .action(async (options) =>
      finish((await import('./commands/sessions.ts')).createSession(context, options)),
    );
  sessions
    .command('list')
    .description('print all sessions, a JSON line each, without keys')
    .action(async () => finish((await import('./commands/sessions.ts')).listSessions(context)));
  sessions
    .command('revoke <id>')
    .description('end a session')
    .action(async (id) => finish((await import('./commands/sessions.ts')).revokeSession(context, id)));

  const keys = program.command('keys').description('API keys of the HDP API');
  keys
    .command('create')
    .description('make a key and print it, this once')
    .addOption(
      new Option('--role <role>', 'a client makes tasks, a processor reports what becomes of them')
        .choices(KEY_ROLES)
        .makeOptionMandatory(),
    )
    .option('--label <text>', 'what it is for', '')
    .action(async (options) => finish((await import('./commands/keys.ts')).createKey(context, options)));
  keys
    .command('list')
    .description('print all keys, a JSON line each, without the keys themselves')
    .action(async () => finish((await import('./commands/keys.ts')).listKeys(context)));
  keys
    .command('revoke <id>')
    .description('end a key')
    .action(async (id) => finish((await import('./commands/keys.ts')).revokeKey(context, id)));

  const webhooks = program.command('webhooks').description('webhooks of HDP tasks');
  webhooks
    .command('list')
    .description('print webhooks, a JSON line each, oldest first')
    .addOption(new Option('--state <state>', 'only webhooks in this state').choices(WEBHOOK_STATES))
    .action(async (options) =>
      finish((await import('./commands/webhooks.ts')).listWebhooks(context, options)),
    );
  webhooks
    .command('resend <id>')
    .description('send a webhook once more: the id of the webhook, or the uuid of a task for its latest')
    .action(async (id) => finish((await import('./commands/webhooks.ts')).resendWebhook(context, id)));
  return program;
}

/** The name of a command with those of its groups, such as `tokens list`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}
