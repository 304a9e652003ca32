import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { requestJson } from '../support/json-request.ts';
import { it } from '../support/process.ts';

const headers = { Authorization: 'Bearer demo:demo-secret-of-chain-1764' };

describe('a CSV export of `taskgate serve`', () => {
  it.for<[string, Record<string, string>, RegExp]>([
    ['begins with a byte order mark with EXPORTS_CSV_BOM=yes', { EXPORTS_CSV_BOM: 'yes' }, /^\ufeff\w+,/],
    ['begins with its header by default', {}, /^\w+,/],
  ])('%s', async ([, env, expected], { sandbox }) => {
    const exportsDir = join(sandbox.dir, 'exports');
    const { port } = await sandbox.serve(['--demo'], { EXPORTS_DIR: exportsDir, ...env });
    const execute = { method: 'POST', headers };
    const { status } = await requestJson(port, 'services.localhost', '/tasks/12345/execute', execute);
    expect(status).toBe(200);
    const [name = ''] = (await readdir(join(exportsDir, '1764'))).filter((file) => file.startsWith('12345-'));
    expect(await readFile(join(exportsDir, '1764', name), 'utf8')).toMatch(expected);
  });
});
