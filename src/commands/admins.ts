import type { AccessLevel } from '../db/model/statuses.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { withExistingStore, withStore } from './with-store.ts';

/** Gives a user a level in a chain, in place of any other level there. */
export async function grantAccess(
  context: CommandContext,
  options: { user: number; chain: number; level: AccessLevel },
): Promise<number> {
  const { user, chain, level } = options;
  await withStore(context, ({ access }) => access.grant({ userId: user, chain, level }));
  printMessage(context, `User ${user} has ${level} access to chain ${chain}.`);
  return 0;
}

/** Prints every grant, a JSON line each. */
export async function listAccess(context: CommandContext): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    for (const { userId, chain, level } of await access.listGrants())
      printJson(context, { user: userId, chain, level });
  });
  return 0;
}

/** Takes a user's access to a chain away; it counts from the next request on. */
export async function revokeAccess(
  context: CommandContext,
  options: { user: number; chain: number },
): Promise<number> {
  const { user, chain } = options;
  await withExistingStore(context, async ({ access }) => {
    if (!(await access.withdraw(user, chain)))
      throw new CommandError(`User ${user} has no access to chain ${chain}.`);
  });
  printMessage(context, `User ${user} has no access to chain ${chain} any more.`);
  return 0;
}
