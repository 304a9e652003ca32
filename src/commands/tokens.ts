import { hashSecret } from '../http/secrets.ts';
import { type CommandContext, CommandError, printJson, printMessage } from './command.ts';
import { newId, newSecret, parseExpiry, toCredentialStatus } from './credentials.ts';
import { printSecret, requireReadableStdout } from './print-secret.ts';
import { withExistingStore, withStore } from './with-store.ts';

/** Creates an access token for a chain and prints `ID:SECRET`, once. */
export async function createToken(
  context: CommandContext,
  options: { chain: number; label: string; expires?: string },
): Promise<number> {
  requireReadableStdout(context, 'token');
  const now = context.now();
  const expiresAt = options.expires === undefined ? null : parseExpiry(options.expires, now);
  const id = newId(context);
  const secret = newSecret(context);
  await withStore(context, async ({ access }) => {
    const { chain, label } = options;
    const added = await access.addToken({
      id,
      secretHash: hashSecret(secret),
      chain,
      label,
      createdAt: now,
      expiresAt,
    });
    if (!added) throw new CommandError(`The new token's id ${id} is taken; run the command again.`);
    const undo = () => access.removeToken(id);
    await printSecret(context, { id, kind: 'token', secret: `${id}:${secret}`, undo });
  });
  printMessage(context, 'Save the secret now: it is stored only as a hash and is not shown again.');
  return 0;
}

/** Prints all tokens as NDJSON, without secrets. */
export async function listTokens(context: CommandContext): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    for (const token of await access.listTokens()) {
      printJson(context, {
        id: token.id,
        chain: token.chain,
        label: token.label,
        ...toCredentialStatus(token, context.now()),
      });
    }
  });
  return 0;
}

/** Revokes a token. The next request with it is refused. */
export async function revokeToken(context: CommandContext, id: string): Promise<number> {
  await withExistingStore(context, async ({ access }) => {
    if (!(await access.revokeToken(id, context.now())))
      throw new CommandError(`There is no active token ${id}.`);
  });
  printMessage(context, `Token ${id} is revoked.`);
  return 0;
}
