import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it, type Sandbox } from '../support/process.ts';

/** File size limit for `ulimit` in kilobytes, far more than the database needs. */
const LIMIT = 8192;
const FREE_BYTES = 10;

/** Runs a command with its output in a file that can take only ten more bytes. */
async function runIntoNearlyFullFile({ dir, shell }: Sandbox, command: string) {
  const file = join(dir, 'output');
  await writeFile(file, Buffer.alloc(LIMIT * 1024 - FREE_BYTES));
  const script = `ulimit -f ${LIMIT}; exec '${process.execPath}' dist/cli.js ${command} >> '${file}'`;
  const { stderr } = await shell(`bash -c "${script}"; echo "code $?" >&2`);
  const written = (await readFile(file)).subarray(-FREE_BYTES).toString();
  return { code: Number(/^code (\d+)$/m.exec(stderr)?.[1]), stderr, written };
}

describe('an output for which the disk has too little space', () => {
  it('undoes the new token', async ({ sandbox }) => {
    const { code, stderr, written } = await runIntoNearlyFullFile(sandbox, 'tokens create --chain 1');
    expect(code).toBe(1);
    expect(stderr).toContain('It was removed and does not work.\n');
    expect(written).toMatch(/^[0-9a-f]{10}$/);
    expect((await sandbox.taskgate(['tokens', 'list'])).stdout).toBe('');
  });

  it.for(['export services', 'tokens list'])('makes taskgate %s fail', async (command, { sandbox }) => {
    await sandbox.taskgate(['seed']);
    const { code, stderr, written } = await runIntoNearlyFullFile(sandbox, command);
    expect(code).toBe(1);
    expect(stderr).toContain('taskgate: The output cannot be written: ');
    expect(written).toMatch(/^\{"id":/);
  });
});
