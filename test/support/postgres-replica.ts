/** A streaming replica of a PostgreSQL server of a test. */
import { chownSync, cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresProcess, startPostgresProcess } from './postgres-process.ts';
import { openRawConnection } from './raw-connection.ts';

/** Settings of a server that a replica can follow. Without synchronous commits, the log is sent 200 ms late. */
export const PRIMARY_SETTINGS = { wal_level: 'replica', max_wal_senders: '4', synchronous_commit: 'on' };

/** The replica creates its own. */
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts'];

/** Starts a replica that streams from a primary, which has PRIMARY_SETTINGS. Its users and databases are those of the primary. */
export async function startReplica(primary: PostgresProcess): Promise<PostgresProcess> {
  const replica = await startPostgresProcess({
    settings: {
      ...PRIMARY_SETTINGS,
      primary_conninfo: connectionInfo(primary),
      wal_retrieve_retry_interval: '100',
    },
    prepare: (dataFolder) => copyData(primary, dataFolder),
  });
  const url = new URL(primary.url);
  url.port = String(replica.port);
  return { ...replica, url: url.href };
}

function connectionInfo({ url, port }: PostgresProcess): string {
  const { username, password } = new URL(url);
  return `host=127.0.0.1 port=${port} user=${username} password=${password}`;
}

/** Makes a base backup of the running primary. */
async function copyData(primary: PostgresProcess, dataFolder: string): Promise<void> {
  const connection = await openRawConnection(`${primary.url}/postgres`);
  try {
    await connection.rows("SELECT pg_backup_start('replica', true)");
    for (const name of readdirSync(dataFolder)) rmSync(join(dataFolder, name), { recursive: true });
    for (const name of readdirSync(primary.dataFolder)) {
      if (NOT_COPIED.includes(name)) continue;
      cpSync(join(primary.dataFolder, name), join(dataFolder, name), {
        ...{ recursive: true, preserveTimestamps: true, verbatimSymlinks: true },
      });
    }
    const [stopped] = await connection.rows<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(false)',
    );
    writeFileSync(join(dataFolder, 'backup_label'), stopped?.labelfile ?? '');
    writeFileSync(join(dataFolder, 'standby.signal'), '');
  } finally {
    await connection.close();
  }
  giveTo(dataFolder, statSync(dataFolder));
}

/** The copies belong to this process, but the server runs as another user. */
function giveTo(path: string, owner: { uid: number; gid: number }): void {
  chownSync(path, owner.uid, owner.gid);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(join(path, name), owner);
}
