import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ACCESS_LEVELS, KEY_ROLES } from '../db/model/statuses.ts';
import { DatabaseError, type Store } from '../db/open.ts';
import { hashSecret } from '../http/secrets.ts';
import { parseHdpTask, parseServicesTask } from '../ndjson/task-lines.ts';

const accessFile = z.strictObject({
  tokens: z.array(z.strictObject({ id: z.string(), secret: z.string(), chain: z.int(), label: z.string() })),
  admins: z.array(z.strictObject({ user: z.int(), chain: z.int(), level: z.enum(ACCESS_LEVELS) })),
  sessions: z.array(z.strictObject({ id: z.string(), user: z.int(), key: z.string() })),
  keys: z.array(
    z.strictObject({ id: z.string(), key: z.string(), role: z.enum(KEY_ROLES), label: z.string() }),
  ),
});

/** Returns true if the database has no task of either API. */
export async function hasNoTasks(store: Store): Promise<boolean> {
  return (await store.servicesTasks.isEmpty()) && (await store.hdpTasks.isEmpty());
}

/** Loads `seeds/`. @throws DatabaseError if the id of a seed belongs to a task of another chain; then nothing is loaded */
export async function loadSeeds(store: Store, now: number): Promise<void> {
  const { tokens, admins, sessions, keys } = demoAccess();
  const conflict = await store.loadSeeds({
    servicesTasks: readTasks('services-tasks').map(parseServicesTask),
    hdpTasks: readTasks('hdp-tasks').map(parseHdpTask),
    tokens: tokens.map(({ secret, ...token }) => ({
      ...token,
      secretHash: hashSecret(secret),
      createdAt: now,
      expiresAt: null,
    })),
    grants: admins.map(({ user, ...grant }) => ({ ...grant, userId: user })),
    sessions: sessions.map(({ id, user, key }) => ({
      id,
      userId: user,
      keyHash: hashSecret(key),
      createdAt: now,
      expiresAt: null,
    })),
    keys: keys.map(({ key, ...rest }) => ({ ...rest, keyHash: hashSecret(key), createdAt: now })),
  });
  if (conflict === undefined) return;
  const { id, chain, ofChain } = conflict;
  throw new DatabaseError(
    `Task ${id} belongs to chain ${ofChain}, but in the seeds to chain ${chain}. Load the seeds into another database. Nothing was loaded.`,
  );
}

/** Returns the demo credentials in plain text. They are public. Only `seed` and `serve --demo` load them. */
export function demoAccess(): z.infer<typeof accessFile> {
  return accessFile.parse(readSeed('access'));
}

const readTasks = (name: string) =>
  z
    .array(z.unknown())
    .parse(readSeed(name))
    .map((task) => JSON.stringify(task));

/** Reads a file of `seeds/`. @param name the file name without `.json` */
export function readSeed(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../seeds/${name}.json`, import.meta.url), 'utf8'));
}
