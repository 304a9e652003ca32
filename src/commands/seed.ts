import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ACCESS_LEVELS, KEY_ROLES } from '../db/model/statuses.ts';
import type { Store } from '../db/open.ts';
import type { NewServicesTask } from '../db/rows.ts';
import { hashSecret } from '../http/secrets.ts';
import { type CommandContext, CommandError, say } from './command.ts';
import { parseHdpTask, parseServicesTask } from './task-lines.ts';
import { withStore } from './with-store.ts';

const accessFile = z.strictObject({
  tokens: z.array(z.strictObject({ id: z.string(), secret: z.string(), chain: z.int(), label: z.string() })),
  admins: z.array(z.strictObject({ user: z.int(), chain: z.int(), level: z.enum(ACCESS_LEVELS) })),
  sessions: z.array(z.strictObject({ id: z.string(), user: z.int(), key: z.string() })),
  keys: z.array(
    z.strictObject({ id: z.string(), key: z.string(), role: z.enum(KEY_ROLES), label: z.string() }),
  ),
});

/** Loads `seeds/`; with `force` also into a database that has tasks, putting the seeds' own tasks back as they were. */
export async function seed(context: CommandContext, { force }: { force: boolean }): Promise<number> {
  await withStore(context, async (store) => {
    if (!force && !(await hasNoTasks(store))) {
      throw new CommandError('The database already has tasks; --force loads the seeds beside them.');
    }
    await loadSeeds(store, context.now());
  });
  say(context, 'The seeds are loaded.');
  return 0;
}

export async function hasNoTasks(store: Store): Promise<boolean> {
  return (await store.servicesTasks.isEmpty()) && (await store.hdpTasks.isEmpty());
}

/**
 * Writes the seeds' tasks and credentials in one transaction. Tasks and grants of the same identity are replaced; tokens,
 * sessions and keys are left as they are, so that a revoked one stays revoked.
 */
export function loadSeeds(store: Store, now: number): Promise<void> {
  return store.transaction(async () => {
    for (const json of readTasks('services-tasks')) {
      const task = parseServicesTask(json);
      await refuseChainChange(store, task);
      await store.servicesTasks.add(task, 'replace');
    }
    for (const task of readTasks('hdp-tasks')) await store.hdpTasks.add(parseHdpTask(task), 'replace');
    const { tokens, admins, sessions, keys } = demoAccess();
    for (const { id, secret, chain, label } of tokens) {
      await store.access.addToken({
        id,
        secretHash: hashSecret(secret),
        chain,
        label,
        createdAt: now,
        expiresAt: null,
      });
    }
    for (const { user, chain, level } of admins) await store.access.grant({ userId: user, chain, level });
    for (const { id, user, key } of sessions) {
      const session = { id, userId: user, keyHash: hashSecret(key), createdAt: now, expiresAt: null };
      await store.access.addSession(session);
    }
    for (const { key, ...rest } of keys) {
      await store.apiKeys.add({ ...rest, keyHash: hashSecret(key), createdAt: now });
    }
  });
}

async function refuseChainChange(store: Store, { id, chain }: NewServicesTask): Promise<void> {
  const current = id === undefined ? undefined : await store.servicesTasks.findChain(id);
  if (current === undefined || current === chain) return;
  throw new CommandError(
    `Task ${id} belongs to chain ${current}, but in the seeds to chain ${chain}. Load the seeds into another database. Nothing was loaded.`,
  );
}

/** The demo's credentials, in clear: they are documented, and no database has them unless it was seeded. */
export function demoAccess(): z.infer<typeof accessFile> {
  return accessFile.parse(readSeed('access'));
}

const readTasks = (name: string) =>
  z
    .array(z.unknown())
    .parse(readSeed(name))
    .map((task) => JSON.stringify(task));

/** A file of `seeds/`, by its name without the ending. */
export function readSeed(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../seeds/${name}.json`, import.meta.url), 'utf8'));
}
