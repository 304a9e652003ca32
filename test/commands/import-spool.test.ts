import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSpool, type Spool } from '../../src/commands/spool.ts';

async function* chunksOf(chunks: readonly Uint8Array[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function collect(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Stores chunks. Returns the bytes that the spool passed on meanwhile. */
const store = (spool: Spool, ...chunks: readonly string[]) =>
  collect(spool.store(chunksOf(chunks.map((chunk) => Buffer.from(chunk)))));

describe('a spool', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes the bytes on and returns them repeatedly, from memory or a file', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 50 }));
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 200 }), async (input, memoryBytes) => {
        const spool = createSpool(memoryBytes);
        const bytes = Buffer.concat(input);
        expect(await collect(spool.store(chunksOf(input)))).toEqual(bytes);
        for (const _ of [1, 2]) expect(await collect(spool.read())).toEqual(bytes);
        await spool.close();
      }),
    );
  });

  it('leaves no file, not even while it stores a large input', async () => {
    const spool = createSpool(100);
    onTestFinished(() => spool.close());
    let stored = 0;
    for await (const chunk of spool.store(chunksOf(Array.from({ length: 100 }, () => Buffer.alloc(30))))) {
      stored += chunk.length;
      expect(readdirSync(folder)).toEqual([]);
    }
    expect((await collect(spool.read())).length).toBe(stored);
  });

  it('needs no temporary folder for an input that fits into memory', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    const spool = createSpool();
    await store(spool, 'a', 'b');
    expect((await collect(spool.read())).toString()).toBe('ab');
  });

  it('reports in one sentence that the temporary folder cannot be used', async () => {
    const missing = join(folder, 'missing');
    vi.stubEnv('TMPDIR', missing);
    await expect(store(createSpool(1), 'a')).rejects.toThrow(
      `The input cannot be stored in ${missing} until it ends: ENOENT`,
    );
  });
});
