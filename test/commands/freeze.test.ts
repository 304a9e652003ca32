/** A frozen database refuses changes and answers reads, until it is unfrozen. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { COPIED_TABLES } from '../../src/db/copy/tables.ts';
import { freezeDatabase, openStore } from '../../src/db/open.ts';
import { createCli } from '../support/cli.ts';
import { asChain, asKey, createTestGateway } from '../support/gateway.ts';
import { logLines, it as processIt, stopServer } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import { fillDatabase } from '../support/rich-database.ts';
import { aServicesTask } from '../support/tasks.ts';

const SENTENCE = 'The database is frozen, so it refuses changes; taskgate unfreeze lets it be changed again.';

describe('taskgate migrate-to --freeze', () => {
  it('freezes the source, copies it and leaves it readable, until taskgate unfreeze', async () => {
    const cli = await createCli();
    await cli.run(['seed']);
    // The server is open before the database is frozen.
    const { app, store, logLines } = await createTestGateway({ databaseUrl: cli.databaseUrl() });
    const [token, key] = [await asChain(store, 1764), await asKey(store, 'client')];
    const post = (url: string, headers: Record<string, string>, body: object) =>
      app.request(url, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const task = {
      chain: 1764,
      desc: '',
      trigger: { once: '2026-06-01T12:00:00Z' },
      target: { action: 'x' },
    };
    const postTask = () => post('http://services.test/tasks', token, task);
    const postHdpTask = () => post('http://hdp.test/tasks', key, { destination_chain_id: 1, input: {} });

    const copied = await cli.run(['migrate-to', cli.databaseUrl('copy'), '--freeze']);
    expect(copied).toMatchObject({
      code: 0,
      stderr: 'The source is frozen: it refuses changes until taskgate unfreeze.\nAll tables are equal.\n',
    });

    expect(await cli.run(['migrate-to', cli.databaseUrl('copy'), '--verify-only'])).toMatchObject({
      code: 0,
    });

    const refused = await postTask();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await refused.json()).toMatchObject({
      error: {
        code: 9053,
        description:
          'The service accepts no changes while its database is moved; reading works. Try again later.',
      },
    });
    const hdp = await postHdpTask();
    expect(hdp.status).toBe(503);
    expect(hdp.headers.get('retry-after')).toBe('60');
    expect(await hdp.json()).toEqual({ error: 'Service unavailable' });
    expect(logLines.join('')).toContain('the database is frozen, so it refuses changes');
    const list = await app.request('http://services.test/tasks', { headers: token });
    expect(list.status).toBe(200);
    expect((await app.request('http://hdp.test/tasks?hdp_tasks_search=v')).status).toBe(200);
    expect((await app.request('http://hdp.test/is-alive')).status).toBe(200);

    expect(await cli.run(['tokens', 'create', '--chain', '1'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `taskgate: ${SENTENCE}\n`,
    });
    expect(await cli.run(['tokens', 'list'])).toMatchObject({ code: 0, stderr: '' });
    expect(await cli.run(['check'])).toMatchObject({ code: 0 });
    const unfrozen = { code: 0, stdout: '', stderr: 'The database can be changed again.\n' };
    expect(await cli.run(['unfreeze'])).toEqual(unfrozen);
    // The target has rows, so nothing is frozen again.
    expect(await cli.run(['migrate-to', cli.databaseUrl('copy'), '--freeze'])).toMatchObject({ code: 1 });
    expect(await cli.run(['unfreeze'])).toEqual({ ...unfrozen, stderr: 'The database is not frozen.\n' });
    expect((await postTask()).status).toBe(201);
    expect((await postHdpTask()).status).toBe(200);
    await store.close();
  });

  it('makes every copied table refuse changes', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    await fillDatabase(cli.databaseUrl());
    await freezeDatabase(cli.databaseUrl());
    // Freezing twice changes nothing.
    await freezeDatabase(cli.databaseUrl());
    const raw = await openRawConnection(cli.databaseUrl());
    // SQLite reports the guard of the tasks first.
    const message = /the database is frozen|use_the_taskgate_command_to_change_this/;
    for (const table of COPIED_TABLES) {
      const [row] = await raw.rows<object>(`SELECT * FROM ${table} LIMIT 1`);
      const [column = ''] = Object.keys(row ?? {});
      await expect(raw.exec(`DELETE FROM ${table}`), table).rejects.toThrow(message);
      await expect(raw.exec(`UPDATE ${table} SET "${column}" = "${column}"`), table).rejects.toThrow(message);
    }
    await raw.close();
    const store = openStore(cli.databaseUrl());
    await expect(store.access.grant({ userId: 1, chain: 1, level: 'READ' })).rejects.toThrow(message);
    await store.close();
    await cli.run(['unfreeze']);
  });
});

describe('a server on a frozen database', () => {
  processIt('runs no task, and says so once', async ({ sandbox }) => {
    await sandbox.taskgate(['migrate']);
    const lines = [
      aServicesTask({ target: { action: 'export' }, trigger: { once: '2020-01-01T00:00:00Z' } }),
    ];
    writeFileSync(join(sandbox.dir, 'due.ndjson'), lines.map((line) => JSON.stringify(line)).join('\n'));
    await sandbox.taskgate(['import', 'services', join(sandbox.dir, 'due.ndjson')]);
    // The first server stores its secrets, which a frozen database refuses.
    await stopServer(await sandbox.serve([], { RUN_TASKS: 'no' }));
    await freezeDatabase(sandbox.databaseUrl);
    const server = await sandbox.serve();
    const warning = 'the database is frozen, so no task runs and no webhook is sent until taskgate unfreeze';
    await server.waitForLog(warning);
    // The next looks for due tasks.
    await setTimeout(2500);
    const messages = logLines(server.stdout()).map(({ msg }) => msg);
    expect(messages.filter((message) => message === warning)).toHaveLength(1);
    expect(messages).not.toContain('run failed');
    await sandbox.taskgate(['unfreeze']);
    const { stdout } = await sandbox.taskgate(['export', 'services']);
    expect(stdout).toContain('"id":1');
  });
});
