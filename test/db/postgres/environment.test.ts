/** The variables of PostgreSQL's own programs, which the driver reads in part (docs/postgresql.md). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it } from '../../support/process.ts';

/** Values that would fail if they had an effect. */
const IGNORED = {
  ...{ PGHOST: '192.0.2.1', PGDATABASE: 'other', PGAPPNAME: 'other', PGCLIENT_ENCODING: 'LATIN1' },
  ...{ PGUSER: 'nobody', PGPASSWORD: 'wrong', PGPORT: '1', PGCONNECT_TIMEOUT: '1', PGPASSFILE: '/missing' },
};

const AGREES = { code: 0, stderr: 'The derived data agrees with the tasks.\n' };

describe('a URL without a password', () => {
  it('gets it from the file of PGPASSFILE, without a warning of the driver', async ({ sandbox }) => {
    const url = new URL(sandbox.databaseUrl);
    const { hostname, port, username, password } = url;
    const file = join(sandbox.dir, 'pgpass');
    writeFileSync(file, `${hostname}:${port}:*:${username}:${password}\n`, { mode: 0o600 });
    url.password = '';
    const env = { DATABASE_URL: url.href, PGPASSFILE: file };
    expect(await sandbox.taskgate(['check'], env)).toMatchObject(AGREES);
    const server = await sandbox.serve(['--workers', '2'], env);
    expect((await fetch(`http://127.0.0.1:${server.port}/is-alive`)).status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a URL that has a user, a password and a port', () => {
  it('is used whatever the variables say', async ({ sandbox }) => {
    expect(await sandbox.taskgate(['check'], IGNORED)).toMatchObject(AGREES);
  });
});

describe('a URL that lacks a part', () => {
  it.for([
    ['PGUSER', 'nobody', (url: URL) => Object.assign(url, { username: '' }), 'user "nobody"'],
    ['PGPORT', '1', (url: URL) => Object.assign(url, { port: '' }), 'ECONNREFUSED'],
    ['PGSSLMODE', 'require', (url: URL) => url, 'The server does not support SSL connections'],
    ['PGOPTIONS', '-c search_path=nowhere', (url: URL) => url, 'has tables of another program'],
  ] as const)('gets it from %s', async ([name, value, without, problem], { sandbox }) => {
    const url = without(new URL(sandbox.databaseUrl)).href;
    const { code, stderr } = await sandbox.taskgate(['check'], { DATABASE_URL: url, [name]: value });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(problem) });
  });
});
