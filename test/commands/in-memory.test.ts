import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { demoAccess } from '../../src/demo/seeds.ts';
import { it } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const [token] = demoAccess().tokens;
const HEADERS = { Authorization: `Bearer ${token?.id}:${token?.secret}` };
const HOST = 'services.localhost';

describe.concurrent('taskgate serve --demo with a database in memory', () => {
  it.for([':memory:', 'file::memory:', ' :memory: '])(
    'exports, and leaves nothing in the working directory or in the temporary one (%s)',
    async (url, { sandbox }) => {
      const [work, temporary] = ['work', 'temporary'].map((name) => join(sandbox.dir, name));
      if (work === undefined || temporary === undefined) throw new Error('There are two folders.');
      for (const folder of [work, temporary]) mkdirSync(folder);
      const line = `cd '${work}' && exec '${process.execPath}' '${CLI}' serve --demo`;
      const server = await sandbox.serveWith('sh', ['-c', line], { DATABASE_URL: url, TMPDIR: temporary });
      const listed = await sendRequest(
        server.port,
        requestText(HOST, '/tasks?action=export', { headers: HEADERS }),
      );
      const tasks: { id: number }[] = JSON.parse(listed.body);
      const path = `/tasks/${tasks[0]?.id}`;
      const executed = await sendRequest(
        server.port,
        requestText(HOST, `${path}/execute`, { method: 'POST', headers: HEADERS }),
      );
      expect(JSON.parse(executed.body)).toMatchObject({ code: 'DONE' });
      expect(
        (await sendRequest(server.port, requestText(HOST, `${path}/download_url`, { headers: HEADERS })))
          .status,
      ).toBe(200);
      expect(readdirSync(work)).toEqual([]);
      server.kill('SIGTERM');
      expect(await server.exited).toMatchObject({ code: 0 });
      expect(readdirSync(work)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );
});
