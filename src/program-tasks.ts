/** The commands for tasks and their webhooks. */
import { type Command, Option } from 'commander';
import { parseChainId, parseTaskReference } from './commands/arguments.ts';
import type { CommandContext, SetExitCode } from './commands/command.ts';
import { WEBHOOK_STATES } from './db/model/statuses.ts';

/** Adds `import`, `export` and `tasks`. */
export function addTaskCommands(program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  const onConflict = new Option('--on-conflict <action>', 'action for a task whose id or uuid exists already')
    .choices(['error', 'skip', 'replace'])
    .default('error');
  const importGroup = program
    .command('import')
    .description('load tasks from NDJSON, one task per line, as the API lists them');
  const exportGroup = program
    .command('export')
    .description('print tasks as NDJSON, as the API lists them; this is not a backup');
  for (const api of ['services', 'hdp'] as const) {
    const command = importGroup
      .command(`${api} <file>`)
      .description(`load ${api} tasks from a file, or from standard input with -`)
      .addOption(onConflict)
      .option('--keep-going', 'load the valid lines and report the others, instead of all or nothing', false)
      .action(async (file, options) =>
        setExitCode((await import('./commands/import.ts')).importTasks(context, api, file, options)),
      );
    if (api === 'services') {
      command.option('--allow-chain-change', 'let --on-conflict replace move a task to another chain', false);
    }
  }
  exportGroup
    .command('services')
    .description('print Services tasks, by id')
    .option('--chain <id>', 'only the tasks of this chain', parseChainId)
    .action(async (options) =>
      setExitCode((await import('./commands/export.ts')).exportTasks(context, 'services', options)),
    );
  exportGroup
    .command('hdp')
    .description('print HDP tasks, oldest first')
    .action(async () => setExitCode((await import('./commands/export.ts')).exportTasks(context, 'hdp', {})));

  const tasks = program.command('tasks').description('remove or reset a task');
  tasks
    .command('remove')
    .description('remove a task with its logs and files; this ends a series of repeated tasks')
    .argument('<id>', 'the id of a Services task, or the uuid of an HDP task', parseTaskReference)
    .action(async (task) => setExitCode((await import('./commands/tasks.ts')).removeTask(context, task)));
  tasks
    .command('reset')
    .description('put a Services task back to READY, or a failed HDP task back to Received')
    .argument('<id>', 'the id of a Services task, or the uuid of an HDP task', parseTaskReference)
    .action(async (task) => setExitCode((await import('./commands/tasks.ts')).resetTask(context, task)));
}

/** Adds `webhooks`. */
export function addWebhookCommands(
  program: Command,
  context: CommandContext,
  setExitCode: SetExitCode,
): void {
  const webhooks = program.command('webhooks').description('list and resend webhooks of HDP tasks');
  webhooks
    .command('list')
    .description('print webhooks as NDJSON, oldest first')
    .addOption(new Option('--state <state>', 'only webhooks in this state').choices(WEBHOOK_STATES))
    .action(async (options) =>
      setExitCode((await import('./commands/webhooks.ts')).listWebhooks(context, options)),
    );
  webhooks
    .command('resend <id>')
    .description('send a webhook again, by its id or by the uuid of its task (the latest webhook)')
    .action(async (id) => setExitCode((await import('./commands/webhooks.ts')).resendWebhook(context, id)));
}
