/** Passwords outside of the URL: the arguments of a command are visible to other users of the machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createDatabase, runMigrateTo } from '../../support/copies.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Returns the URL without its password, and the password. */
function withoutPassword(databaseUrl: string): { url: string; password: string } {
  const url = new URL(databaseUrl);
  const { password } = url;
  url.password = '';
  return { url: url.href, password };
}

async function openDatabases() {
  const databases = [await createDatabase('postgres'), await createDatabase('postgres')];
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    for (const database of databases) await database.remove();
  });
  const [source, target] = databases.map(({ url }) => withoutPassword(url));
  if (!source || !target) throw new Error('There are two databases.');
  return { source, target };
}

it('are required', async () => {
  const { source, target } = await openDatabases();
  expect(await runMigrateTo(source.url, target.url)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^taskgate: The database \S+ of DATABASE_URL cannot be used: it has no password; add it to the URL, or set PGPASSWORD or PGPASSFILE\.\n$/,
    ),
  });
});

it('of the source and the target are taken from PGPASSWORD', async () => {
  const { source, target } = await openDatabases();
  vi.stubEnv('PGPASSWORD', source.password);
  expect(await runMigrateTo(source.url, target.url)).toMatchObject({ code: 0 });
});

it('of the source and the target are taken from the file of PGPASSFILE', async () => {
  const { source, target } = await openDatabases();
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = [source, target].map(({ url, password }) => {
    const { hostname, port, pathname, username } = new URL(url);
    return `${hostname}:${port}:${pathname.slice(1)}:${username}:${password}\n`;
  });
  writeFileSync(join(folder, 'pgpass'), lines.join(''), { mode: 0o600 });
  vi.stubEnv('PGPASSFILE', join(folder, 'pgpass'));
  expect(await runMigrateTo(source.url, target.url)).toMatchObject({ code: 0 });
});
