import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect } from 'vitest';
import { it, type Sandbox } from './support/process.ts';

// Errors at the start of the built program: one sentence with the cause and the remedy.

const CLI = join(import.meta.dirname, '../dist/cli.js');
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** Returns the error message of a command. */
async function failureOf(sandbox: Sandbox, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { code, stderr } = await sandbox.taskgate(args, env);
  expect(code).toBe(1);
  return stderr;
}

describe.concurrent('a HOST to listen on', () => {
  const REMEDY = '127.0.0.1 (this machine alone) or to 0.0.0.0 (every address).\n';

  it('that is a name without an address is rejected with its name and the variable', async ({ sandbox }) => {
    expect(await failureOf(sandbox, ['serve'], { HOST: 'x86_64-conda-linux-gnu', PORT: '8787' })).toBe(
      'taskgate: Cannot listen on x86_64-conda-linux-gnu:8787: HOST is "x86_64-conda-linux-gnu", a name without an address; ' +
        `set HOST to ${REMEDY}`,
    );
  });

  it('that is an address of another machine is rejected', async ({ sandbox }) => {
    expect(await failureOf(sandbox, ['serve'], { HOST: '203.0.113.7' })).toBe(
      'taskgate: Cannot listen on 203.0.113.7:0: HOST is 203.0.113.7, which is no address of this machine; ' +
        `set HOST to one, to ${REMEDY}`,
    );
  });
});

describe.concurrent('better-sqlite3', () => {
  const REMEDY = 'install the dependencies again, on this machine, with npm ci';

  /** Runs a command after a script that breaks the loading of native modules. @returns what it says */
  async function failure(sandbox: Sandbox, script: string): Promise<string> {
    const hook = join(sandbox.dir, 'hook.mjs');
    writeFileSync(hook, script);
    const { code: status, stderr } = await sandbox.node(
      ['--import', pathToFileURL(hook).href, CLI, 'migrate'],
      {},
    ).exited;
    expect(status).toBe(1);
    expect(readdirSync(sandbox.dir)).toEqual(['hook.mjs']);
    return stderr;
  }

  it('that has no native module for this system is reported with the system', async ({ sandbox }) => {
    const hook = "import fs from 'node:fs'; fs.existsSync = () => false;";
    expect(await failure(sandbox, hook)).toBe(
      'taskgate: better-sqlite3 is installed without a native module for this system ' +
        `(${process.platform}-${process.arch}); ${REMEDY}.\n`,
    );
  });

  it('that was built for another machine is reported with the message of the loader', async ({ sandbox }) => {
    const message = '/app/better_sqlite3.node: invalid ELF header\nat process.dlopen';
    const error = `Object.assign(new Error(${JSON.stringify(message)}), { code: 'ERR_DLOPEN_FAILED' })`;
    expect(await failure(sandbox, `process.dlopen = () => { throw ${error}; };`)).toBe(
      `taskgate: The native module of better-sqlite3 cannot be loaded on this machine; ${REMEDY} ` +
        '(/app/better_sqlite3.node: invalid ELF header).\n',
    );
  });
});

/** Creates a database that only its owner can use. */
function createDatabase(path: string): void {
  const db = new Database(path);
  db.exec('VACUUM');
  db.close();
  chmodSync(path, 0o600);
}

/** Another user, without access to the files of this user. */
const OTHER = 65_534;

describe.skipIf(!isRoot)('a file that belongs to another user', () => {
  /** Runs a command as another user. */
  async function asOther(sandbox: Sandbox, databaseUrl: string, ...args: string[]): Promise<string> {
    chmodSync(sandbox.dir, 0o755);
    const { code, stderr } = await sandbox.shell(
      `DATABASE_URL='${databaseUrl}' exec setpriv --reuid=${OTHER} --regid=${OTHER} --clear-groups ` +
        `'${process.execPath}' '${CLI}' ${args.join(' ')}`,
    );
    expect(code).toBe(1);
    return stderr;
  }
  const RUNS_AS = new RegExp(`while it runs as user ${OTHER}( \\(\\w+\\))?; `);
  const plain = (stderr: string) => stderr.replace(RUNS_AS, 'while it runs as OTHER; ');
  const REMEDY = `while it runs as OTHER; run it as user 0 (root), or run chown ${OTHER} on it.\n`;

  it.for([['migrate'], ['export', 'hdp'], ['serve']])(
    'is refused by %j with its path, its owner and the remedy',
    async (args, { sandbox }) => {
      createDatabase(sandbox.databaseUrl);
      const path = sandbox.databaseUrl;
      expect(plain(await asOther(sandbox, path, ...args))).toBe(
        `taskgate: The database ${path} of DATABASE_URL cannot be opened: this process may not read and write ${path}, ` +
          `which belongs to user 0 (root) (mode 0600), ${REMEDY}`,
      );
    },
  );

  it('and is read-only is rejected as well', async ({ sandbox }) => {
    createDatabase(sandbox.databaseUrl);
    chmodSync(sandbox.databaseUrl, 0o644);
    expect(plain(await asOther(sandbox, sandbox.databaseUrl, 'export', 'hdp'))).toContain(
      `may not read and write ${sandbox.databaseUrl}, which belongs to user 0 (root) (mode 0644), ${REMEDY}`,
    );
  });

  it.for(['new.db', 'deep/new.db'])(
    'cannot be created in a folder of another user (%s)',
    async (name, { sandbox }) => {
      const path = join(sandbox.dir, name);
      expect(plain(await asOther(sandbox, path, 'migrate'))).toBe(
        `taskgate: The database ${path} of DATABASE_URL cannot be opened: this process may not create files in the folder ${sandbox.dir}, ` +
          `which belongs to user 0 (root) (mode 0755), ${REMEDY}`,
      );
    },
  );

  it.for([['migrate'], ['export', 'hdp']])(
    'cannot be reached in a folder of another user (%j)',
    async (args, { sandbox }) => {
      const folder = join(sandbox.dir, 'closed');
      mkdirSync(folder, { mode: 0o700 });
      expect(plain(await asOther(sandbox, join(folder, 'x.db'), ...args))).toContain(
        `cannot be opened: this process may not enter the folder ${folder}, which belongs to user 0 (root) (mode 0700), ${REMEDY}`,
      );
    },
  );

  it('that belongs to this user in such a folder is rejected with the folder', async ({ sandbox }) => {
    createDatabase(sandbox.databaseUrl);
    chownSync(sandbox.databaseUrl, OTHER, OTHER);
    expect(plain(await asOther(sandbox, sandbox.databaseUrl, 'migrate'))).toBe(
      `taskgate: The database ${sandbox.databaseUrl} of DATABASE_URL cannot be opened: this process may not create files in the folder ` +
        `${sandbox.dir}, which belongs to user 0 (root) (mode 0755), ${REMEDY}`,
    );
  });
});
