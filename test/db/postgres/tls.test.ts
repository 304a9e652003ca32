/** TLS between Taskgate and a PostgreSQL server, as the URL demands it (docs/postgresql.md). */
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Certificate, createAuthority, createCertificate } from '../../support/certificates.ts';
import { createDatabaseOn } from '../../support/postgres-load.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';
import { openSandbox } from '../../support/process.ts';
import { openRawConnection } from '../../support/raw-connection.ts';

/** The reason of Node.js for a certificate of an authority that it does not know. */
const UNKNOWN = 'unable to verify the first certificate';

let ca: Certificate;
let other: Certificate;
let postgres: PostgresProcess;

/** Writes the certificate of the server for `localhost` into the folder of its data. */
async function writeCertificate(dataFolder: string): Promise<void> {
  const { key, cert } = await createCertificate('localhost', { ca });
  const { uid, gid } = statSync(dataFolder);
  for (const [name, text] of [
    ['server.key', key],
    ['server.crt', cert],
  ] as const) {
    const file = join(dataFolder, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    chownSync(file, uid, gid);
  }
}

beforeAll(async () => {
  ca = await createAuthority();
  other = await createAuthority('Another authority');
  postgres = await startPostgresProcess({ settings: { ssl: 'on' }, prepare: writeCertificate });
});
afterAll(() => postgres.remove());

/** Creates a database, a file with the trusted authority, and a sandbox that uses both. */
async function prepare(host: string, parametersOf: (rootFile: string) => string, trusted = ca) {
  const url = new URL(await createDatabaseOn(postgres.url));
  url.hostname = host;
  const { sandbox, close } = openSandbox(url.href);
  onTestFinished(close);
  const rootFile = join(sandbox.dir, 'root.pem');
  writeFileSync(rootFile, trusted.cert);
  const env = { DATABASE_URL: `${url.href}?${parametersOf(rootFile)}` };
  return { sandbox, env, url };
}

const verifyFull = (rootFile: string) => `sslmode=verify-full&sslrootcert=${rootFile}`;

describe('a server with a certificate', () => {
  it('is used with TLS if the certificate is that of the host and of a trusted authority', async () => {
    const { sandbox, env, url } = await prepare('localhost', verifyFull);
    const server = await sandbox.serve([], env);
    const connection = await openRawConnection(url.href);
    const rows = await connection.rows(
      `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
       WHERE datname = current_database() AND application_name = 'taskgate'`,
    );
    expect(rows).toEqual([{ ssl: true }]);
    await connection.close();
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(url.password);
  });

  it.each([
    ['of an authority that is not trusted', 'localhost', verifyFull, () => other, UNKNOWN],
    ['of an unknown authority', 'localhost', () => 'sslmode=verify-full', () => ca, UNKNOWN],
    ['of another host', '127.0.0.1', verifyFull, () => ca, "does not match certificate's altnames"],
  ])(
    'is refused, with a sentence and without the password, if it is %s',
    async (_, host, parameters, trusted, reason) => {
      const { sandbox, env, url } = await prepare(host, parameters, trusted());
      for (const command of ['serve']) {
        const { code, stdout, stderr } = await sandbox.taskgate([command], env);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^taskgate: The database postgres:\/\/postgres:\*\*\*@[^ ]+ of DATABASE_URL cannot be used: .+\.\n$/,
        );
        expect(stderr).toContain(reason);
        expect(stdout + stderr).not.toContain(url.password);
      }
    },
  );

  it.each(['prefer', 'require', 'verify-ca'])('is verified in full also with sslmode=%s', async (mode) => {
    const { sandbox, env } = await prepare(
      '127.0.0.1',
      (rootFile) => `sslmode=${mode}&sslrootcert=${rootFile}`,
    );
    const { code, stderr } = await sandbox.taskgate(['migrate'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^taskgate: The database .+: Hostname\/IP does not match certificate's altnames: .+\n$/,
    );
  });

  it('is not verified with sslmode=no-verify', async () => {
    const { sandbox, env } = await prepare('127.0.0.1', () => 'sslmode=no-verify');
    expect(await sandbox.taskgate(['migrate'], env)).toMatchObject({ code: 0 });
  });
});

it('a server without a certificate is refused if the URL demands TLS', async () => {
  const url = `${await createDatabaseOn(inject('postgresUrl'))}?sslmode=verify-full`;
  const { sandbox, close } = openSandbox(url);
  onTestFinished(close);
  const { code, stderr } = await sandbox.taskgate(['migrate']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^taskgate: The database .+ cannot be used: The server does not support SSL connections\.\n$/,
  );
});
