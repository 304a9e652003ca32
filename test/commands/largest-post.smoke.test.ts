import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/http/body.ts';
import { it, type Sandbox } from '../support/process.ts';

const TOKEN = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };
const CLIENT = { 'X-API-KEY': 'demo-key-of-a-client' };
const PROCESSOR = { 'X-API-KEY': 'demo-key-of-a-processor' };

/** Sends a body unchanged. */
function post(
  port: number,
  host: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<{ status: number | undefined; text: string }> {
  const type = body === '' ? {} : { 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { port, path, method: 'POST', headers: { Host: host, ...type, ...headers } };
    const sent = request({ host: '127.0.0.1', ...options }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ status: response.statusCode, text });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The largest body: `unit` takes the place of `@` as often as it fits, then `x`. */
function filled(body: string, unit: string): string {
  const room = MAX_BODY_BYTES - Buffer.byteLength(body) + 1;
  const count = Math.floor(room / Buffer.byteLength(unit));
  const fill = unit.repeat(count) + 'x'.repeat(room - count * Buffer.byteLength(unit));
  return body.replace('@', () => fill);
}

async function exportTasks(sandbox: Sandbox, api: string, databaseUrl: string): Promise<string> {
  const { code, stdout } = await sandbox.taskgate(['export', api], { DATABASE_URL: databaseUrl });
  expect(code).toBe(0);
  return stdout;
}

/** Exports a database, imports the lines into another one, and compares the exports of both. @returns the lines */
async function roundTrip(sandbox: Sandbox, api: string): Promise<string[]> {
  const lines = await exportTasks(sandbox, api, sandbox.databaseUrl);
  const file = join(sandbox.dir, 'tasks.ndjson');
  writeFileSync(file, lines);
  const other = join(sandbox.dir, 'other.db');
  const { code, stderr } = await sandbox.taskgate(['import', api, file], { DATABASE_URL: other });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((await exportTasks(sandbox, api, other)) === lines).toBe(true);
  return lines.trimEnd().split('\n');
}

const isLong = (line: string) => Buffer.byteLength(line) > MAX_BODY_BYTES;

const order = (members: string) =>
  `{"chain":1764,${members},"target":{"action":"export","export_index":"users","export_format":"csv"}}`;
const trigger = '"trigger":{"once":"2026-05-01T00:00Z","repeat":"daily"}';

/** Where the bytes of a body are, and what they are. */
const BODIES: [string, string][] = [
  [order(`"desc":"@",${trigger}`), 'x'],
  [order(`"desc":"@",${trigger}`), '\\n'],
  [order(`"desc":"@",${trigger}`), '\\u0001'],
  [order(`"desc":"","debug":"@",${trigger}`), '🧾'],
  [order('"desc":"","trigger":{"once":"2026-05-01T00:00Z","repeat":"daily","note":"@"}'), '\\"'],
  [order('"desc":"","trigger":{"once":"2026-05-01T00:00Z","repeat":"daily","note":["@"]}'), '","'],
];

describe('a task created with the largest body', { timeout: 60_000 }, () => {
  it('survives export and import in the Services API, like its follower', async ({ sandbox }) => {
    const settings = { EXPORTS_DIR: join(sandbox.dir, 'exports'), RUN_TASKS: 'no' };
    const { port } = await sandbox.serve(['--demo'], settings);
    for (const [body, unit] of BODIES) {
      const made = await post(port, 'services.localhost', '/tasks', TOKEN, filled(body, unit));
      expect(made.status).toBe(201);
      const { id }: { id: number } = JSON.parse(made.text);
      const run = await post(port, 'services.localhost', `/tasks/${id}/execute`, TOKEN);
      expect([run.status, run.text]).toEqual([200, expect.stringContaining('"DONE"')]);
    }
    const long = (await roundTrip(sandbox, 'services')).filter(isLong);
    expect(long.map((line) => JSON.parse(line).state.code)).toEqual(BODIES.flatMap(() => ['DONE', 'READY']));
  });

  it('survives export and import in the HDP API, with the largest transition', async ({ sandbox }) => {
    const { port } = await sandbox.serve(['--demo'], { RUN_TASKS: 'no' });
    const controls = '\\u0001'.repeat(1000);
    const body = `{"destination_chain_id":"0x1","input":{"a":"@"},"schedule_tx_hash":"${controls}","program_name":"${controls}"}`;
    const made = await post(port, 'hdp.localhost', '/tasks', CLIENT, filled(body, 'x'));
    expect(made.status).toBe(200);
    const chains = Array.from({ length: 1000 }, () => `"${'é'.repeat(520)}"`).join(',');
    const { uuid }: { uuid: string } = JSON.parse(made.text);
    for (const transition of [
      '{"to_status":"DryRunStarted"}',
      `{"to_status":"DryRunCompleted","data_source_chains":[${chains}]}`,
    ]) {
      const { status } = await post(
        port,
        'hdp.localhost',
        `/tasks/${uuid}/transitions`,
        PROCESSOR,
        transition,
      );
      expect(status).toBe(200);
    }
    const long = (await roundTrip(sandbox, 'hdp')).filter(isLong);
    expect(long).toHaveLength(1);
  });
});
