import type { AccessLevel } from '../db/model/statuses.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { withExistingStore, withStore } from './with-store.ts';

/** Grants a user access to a chain. It replaces an earlier grant. */
export async function grantAccess(
  context: CommandContext,
  options: { user: number; chain: number; level: AccessLevel },
): Promise<number> {
  const { user, chain, level } = options;
  await withStore(context, ({ access }) => access.grant({ userId: user, chain, level }));
  printMessage(context, `User ${user} has ${level} access to chain ${chain}.`);
  return 0;
}

/** Prints all grants as NDJSON. */
export async function listAccess(context: CommandContext): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    for (const { userId, chain, level } of await access.listGrants())
      printJson(context, { user: userId, chain, level });
  });
  return 0;
}

/** Revokes a user's access to a chain, from the next request on. */
export async function revokeAccess(
  context: CommandContext,
  options: { user: number; chain: number },
): Promise<number> {
  const { user, chain } = options;
  await withExistingStore(context, async ({ access }) => {
    if (!(await access.revokeGrant(user, chain)))
      throw new CommandError(`User ${user} has no access to chain ${chain}.`);
  });
  printMessage(context, `User ${user} no longer has access to chain ${chain}.`);
  return 0;
}
