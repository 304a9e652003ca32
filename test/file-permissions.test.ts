import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { createRetailSource } from '../src/demo/retail.ts';
import { NOW } from './support/gateway.ts';
import { it, logLines, type Sandbox } from './support/process.ts';
import { requestText, sendRequest } from './support/raw-http.ts';

const DEMO = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
const TASK = {
  chain: 1764,
  desc: 'Users',
  trigger: { once: '2020-01-01T00:00:00Z' },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
};

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Returns the files under a folder that other users can read, and the folders that other users can enter. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const own = statSync(path).mode & 0o007 ? [`${path} ${modeOf(path)}`] : [];
    return entry.isDirectory() ? [...own, ...openToOthers(path)] : own;
  });
}

/** Runs a server in a shell with a umask until `use` is done. Returns its log. */
async function serveWithUmask(sandbox: Sandbox, umask: string, use: (port: number) => Promise<void>) {
  const server = await sandbox.serveWith('sh', ['-c', `umask ${umask}; exec node dist/cli.js serve --demo`], {
    EXPORTS_DIR: join(sandbox.dir, 'data/exports'),
    DATABASE_URL: join(sandbox.dir, 'data/deep/taskgate.db'),
  });
  await use(server.port);
  server.kill('SIGTERM');
  return logLines((await server.exited).stdout);
}

async function exportUsers(port: number): Promise<void> {
  const body = JSON.stringify(TASK);
  const post = (path: string, send: string) => {
    const headers = { ...DEMO, 'Content-Type': 'application/json', 'Content-Length': String(send.length) };
    return sendRequest(port, requestText('services.localhost', path, { method: 'POST', headers }) + send);
  };
  const { id }: { id: number } = JSON.parse((await post('/tasks', body)).body);
  await expect
    .poll(
      async () =>
        (await sendRequest(port, requestText('services.localhost', `/tasks/${id}`, { headers: DEMO }))).body,
      {
        timeout: 15_000,
      },
    )
    .toContain('"code":"DONE"');
}

describe.concurrent('files of the program', () => {
  it.for(['000', '022'])('are not readable by other users with the umask %s', async (umask, { sandbox }) => {
    const log = await serveWithUmask(sandbox, umask, async (port) => {
      await exportUsers(port);
      const data = join(sandbox.dir, 'data');
      for (const name of ['taskgate.db', 'taskgate.db-wal', 'taskgate.db-shm', 'demo-retail.db']) {
        expect(modeOf(join(data, 'deep', name)), name).toBe('600');
      }
      for (const name of ['', 'deep', 'exports', 'exports/1764']) {
        expect(modeOf(join(data, name)), name).toBe('750');
      }
      expect(readdirSync(join(data, 'exports/1764'))).toHaveLength(1);
      expect(openToOthers(sandbox.dir)).toEqual([]);
    });
    expect(log.filter(({ msg }) => msg.includes('other users'))).toEqual([]);
  });

  it('lose the permissions of other users at the next start, which is logged', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    const exportsDir = join(sandbox.dir, 'exports');
    const chain = join(exportsDir, '7');
    mkdirSync(chain, { recursive: true });
    const opened = [
      sandbox.databaseUrl,
      join(chain, '1-a.csv'),
      createRetailSource(dirname(sandbox.databaseUrl), NOW),
    ];
    for (const path of opened) {
      if (!existsSync(path)) writeFileSync(path, '');
      chmodSync(path, 0o666);
    }
    chmodSync(chain, 0o777);
    expect(existsSync(`${sandbox.databaseUrl}-wal`)).toBe(false);
    const server = await sandbox.serve([], { EXPORTS_DIR: exportsDir });
    expect(opened.map(modeOf)).toEqual(['640', '640', '640']);
    expect(modeOf(chain)).toBe('750');
    expect(modeOf(`${sandbox.databaseUrl}-wal`)).toBe('640');
    for (const path of [...opened, chain]) {
      await server.waitForLog(
        `other users had rights on ${path} (mode 0${path === chain ? 777 : 666}); its mode is now 0${modeOf(path)}`,
      );
    }
    server.kill('SIGTERM');
    expect((await server.exited).stdout).not.toMatch(/other users had rights on \S+-(wal|shm)/);
  });

  it('keep a mode that is stricter than needed', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    chmodSync(sandbox.databaseUrl, 0o600);
    const { stderr } = await sandbox.taskgate(['migrate']);
    expect(modeOf(sandbox.databaseUrl)).toBe('600');
    expect(stderr).toBe('The database is up to date.\n');
  });

  it.for([
    { args: ['migrate'], creates: true },
    { args: ['seed', '--force'], creates: true },
    { args: ['import', 'hdp', '/dev/null'], creates: true },
    { args: ['simulate', '--once'], creates: true },
    { args: ['check'], creates: false },
    { args: ['tokens', 'list'], creates: false },
    { args: ['keys', 'list'], creates: false },
    { args: ['sessions', 'list'], creates: false },
    { args: ['admins', 'list'], creates: false },
    { args: ['export', 'hdp'], creates: false },
  ])(
    'are closed by taskgate $args too, and made so if it makes them',
    async ({ args, creates }, { sandbox }) => {
      const run = (line = args.join(' ')) => sandbox.shell(`umask 000; taskgate ${line}`);
      expect((await run(creates ? undefined : 'migrate')).code).toBe(0);
      expect(openToOthers(sandbox.dir)).toEqual([]);
      expect(modeOf(sandbox.databaseUrl)).toBe('600');
      chmodSync(sandbox.databaseUrl, 0o644);
      const { code, stderr } = await run();
      expect(code).toBe(0);
      expect(modeOf(sandbox.databaseUrl)).toBe('640');
      expect(stderr).toContain(
        `taskgate: Warning: other users had rights on ${sandbox.databaseUrl} (mode 0644); its mode is now 0640.\n`,
      );
    },
  );

  it('are in a folder whose mode is not changed, with a warning if other users can write to it', async ({
    sandbox,
  }) => {
    const folder = dirname(sandbox.databaseUrl);
    chmodSync(folder, 0o777);
    const { code, stderr } = await sandbox.taskgate(['migrate']);
    expect(code).toBe(0);
    expect(modeOf(folder)).toBe('777');
    expect(stderr).toContain(
      `other users can write to the folder ${folder} (mode 0777); run chmod o-w on it.`,
    );
    chmodSync(folder, 0o755);
    expect((await sandbox.taskgate(['migrate'])).stderr).toBe('The database is up to date.\n');
  });
});
