/** The commands for credentials of both APIs. */
import { type Command, Option } from 'commander';
import { parseChainId, parseInteger } from './commands/arguments.ts';
import type { CommandContext, SetExitCode } from './commands/command.ts';
import { ACCESS_LEVELS, KEY_ROLES } from './db/model/statuses.ts';

/** Adds `tokens`, `admins`, `sessions` and `keys`. */
export function addCredentialCommands(
  program: Command,
  context: CommandContext,
  setExitCode: SetExitCode,
): void {
  const tokens = program.command('tokens').description('manage access tokens of the Services API');
  tokens
    .command('create')
    .description('create a token and print ID:SECRET, once')
    .requiredOption('--chain <id>', 'the chain that it gives access to', parseChainId)
    .option('--label <text>', 'a note, such as its purpose', '')
    .option(
      '--expires <when>',
      'a duration (12h, 30d) or a time (2027-01-31T00:00:00Z); without it, the token never expires',
    )
    .action(async (options) =>
      setExitCode((await import('./commands/tokens.ts')).createToken(context, options)),
    );
  tokens
    .command('list')
    .description('print all tokens as NDJSON, without secrets')
    .action(async () => setExitCode((await import('./commands/tokens.ts')).listTokens(context)));
  tokens
    .command('revoke <id>')
    .description('revoke a token')
    .action(async (id) => setExitCode((await import('./commands/tokens.ts')).revokeToken(context, id)));

  const admins = program.command('admins').description('manage the access of admin users to chains');
  admins
    .command('grant')
    .description('give a user access to a chain')
    .requiredOption('--user <id>', 'the user', parseInteger)
    .requiredOption('--chain <id>', 'the chain', parseChainId)
    .addOption(new Option('--level <level>', 'WRITE includes READ').choices(ACCESS_LEVELS).default('READ'))
    .action(async (options) =>
      setExitCode((await import('./commands/admins.ts')).grantAccess(context, options)),
    );
  admins
    .command('revoke')
    .description("revoke a user's access to a chain")
    .requiredOption('--user <id>', 'the user', parseInteger)
    .requiredOption('--chain <id>', 'the chain', parseInteger)
    .action(async (options) =>
      setExitCode((await import('./commands/admins.ts')).revokeAccess(context, options)),
    );
  admins
    .command('list')
    .description('print all grants as NDJSON')
    .action(async () => setExitCode((await import('./commands/admins.ts')).listAccess(context)));

  const sessions = program.command('sessions').description('manage admin sessions of the Services API');
  sessions
    .command('create')
    .description('create a session and print its key, once')
    .requiredOption('--user <id>', 'the user', parseInteger)
    .option('--expires <when>', 'a duration (12h, 30d) or a time (2027-01-31T00:00:00Z)', '12h')
    .action(async (options) =>
      setExitCode((await import('./commands/sessions.ts')).createSession(context, options)),
    );
  sessions
    .command('list')
    .description('print all sessions as NDJSON, without keys')
    .action(async () => setExitCode((await import('./commands/sessions.ts')).listSessions(context)));
  sessions
    .command('revoke <id>')
    .description('revoke a session')
    .action(async (id) => setExitCode((await import('./commands/sessions.ts')).revokeSession(context, id)));

  const keys = program.command('keys').description('manage API keys of the HDP API');
  keys
    .command('create')
    .description('create a key and print it, once')
    .addOption(
      new Option('--role <role>', 'a client creates tasks, a processor reports their progress')
        .choices(KEY_ROLES)
        .makeOptionMandatory(),
    )
    .option('--label <text>', 'a note, such as its purpose', '')
    .action(async (options) => setExitCode((await import('./commands/keys.ts')).createKey(context, options)));
  keys
    .command('list')
    .description('print all keys as NDJSON, without the keys themselves')
    .action(async () => setExitCode((await import('./commands/keys.ts')).listKeys(context)));
  keys
    .command('revoke <id>')
    .description('revoke a key')
    .action(async (id) => setExitCode((await import('./commands/keys.ts')).revokeKey(context, id)));
}
