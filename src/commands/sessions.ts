import { hashSecret } from '../http/secrets.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { newId, newSecret, parseExpiry, toCredentialStatus } from './credentials.ts';
import { printSecret, requireReadableStdout } from './print-secret.ts';
import { withExistingStore, withStore } from './with-store.ts';

/** Creates an admin session for a user and prints its key, once. Prints its public id on stderr. */
export async function createSession(
  context: CommandContext,
  options: { user: number; expires: string },
): Promise<number> {
  requireReadableStdout(context, 'session');
  const now = context.now();
  const expiresAt = parseExpiry(options.expires, now);
  const id = newId(context);
  const key = newSecret(context);
  await withStore(context, async ({ access }) => {
    const session = { id, userId: options.user, keyHash: hashSecret(key), createdAt: now, expiresAt };
    if (!(await access.addSession(session))) {
      throw new CommandError(`The new session's id ${id} is taken; run the command again.`);
    }
    const grants = (await access.listGrants()).filter((grant) => grant.userId === options.user);
    if (grants.length === 0)
      printMessage(
        context,
        `User ${options.user} has no access to any chain yet; see taskgate admins grant.`,
      );
    await printSecret(context, { id, kind: 'session', secret: key, undo: () => access.removeSession(id) });
  });
  printMessage(
    context,
    `Session ${id}. Save the key now: it is stored only as a hash and is not shown again.`,
  );
  return 0;
}

/** Prints all sessions as NDJSON, without keys. */
export async function listSessions(context: CommandContext): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    for (const session of await access.listSessions()) {
      printJson(context, {
        id: session.id,
        user: session.userId,
        ...toCredentialStatus(session, context.now()),
      });
    }
  });
  return 0;
}

/** Revokes a session. The next request with it is refused. */
export async function revokeSession(context: CommandContext, id: string): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    if (!(await access.revokeSession(id, context.now())))
      throw new CommandError(`There is no active session ${id}.`);
  });
  printMessage(context, `Session ${id} is revoked.`);
  return 0;
}
