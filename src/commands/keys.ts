import type { KeyRole } from '../db/model/statuses.ts';
import { hashSecret } from '../http/secrets.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { newId, newSecret, toCredentialStatus } from './credentials.ts';
import { printSecret, requireReadableStdout } from './print-secret.ts';
import { withExistingStore, withStore } from './with-store.ts';

/** Creates an API key and prints it, once. Prints its public id on stderr. */
export async function createKey(
  context: CommandContext,
  { role, label }: { role: KeyRole; label: string },
): Promise<number> {
  requireReadableStdout(context, 'key');
  const id = newId(context);
  const key = newSecret(context);
  await withStore(context, async ({ apiKeys }) => {
    const added = await apiKeys.add({ id, keyHash: hashSecret(key), role, label, createdAt: context.now() });
    if (!added) throw new CommandError(`The new key's id ${id} is taken; run the command again.`);
    await printSecret(context, { id, kind: 'key', secret: key, undo: () => apiKeys.remove(id) });
  });
  printMessage(context, `Key ${id}. Save the key now: it is stored only as a hash and is not shown again.`);
  return 0;
}

/** Prints all API keys as NDJSON, without the keys themselves. */
export async function listKeys(context: CommandContext): Promise<number> {
  await withExistingStore(context, async ({ apiKeys }) => {
    for (const { id, role, label, ...times } of await apiKeys.list()) {
      const { expires: _, ...status } = toCredentialStatus({ ...times, expiresAt: null }, context.now());
      printJson(context, { id, role, label, ...status });
    }
  });
  return 0;
}

/** Revokes an API key. The next request with it is refused. */
export async function revokeKey(context: CommandContext, id: string): Promise<number> {
  await withExistingStore(context, async ({ apiKeys }) => {
    if (!(await apiKeys.revoke(id, context.now()))) throw new CommandError(`There is no active key ${id}.`);
  });
  printMessage(context, `Key ${id} is revoked.`);
  return 0;
}
