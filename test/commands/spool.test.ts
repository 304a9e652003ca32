import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Spool, spool } from '../../src/commands/spool.ts';

interface Item {
  number: number;
  text: string;
}

async function* batchesOf(...batches: readonly Item[][]) {
  yield* batches;
}

async function itemsOf(spooled: Spool<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const batch of spooled.batches()) items.push(...batch);
  return items;
}

const item = (number: number) => ({ number, text: `n° ${number} \u2028 "\n` });

describe('spool', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('returns the items of every batch in their order, whatever fits into memory', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const batches = fc.array(fc.array(fc.record({ number: fc.integer(), text })));
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 200 }), async (input, memoryBytes) => {
        const spooled = await spool(batchesOf(...input), memoryBytes);
        expect(await itemsOf(spooled)).toEqual(input.flat());
        await spooled.close();
      }),
    );
  });

  it('leaves no file behind, not even while it holds a large input', async () => {
    async function* large() {
      for (let n = 0; n < 100; n += 1) {
        yield [item(n)];
        expect(readdirSync(folder)).toEqual([]);
      }
    }
    const spooled = await spool(large(), 100);
    onTestFinished(() => spooled.close());
    expect(readdirSync(folder)).toEqual([]);
    expect(await itemsOf(spooled)).toEqual(Array.from({ length: 100 }, (_, n) => item(n)));
  });

  it('needs no temporary folder for an input that fits into memory', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'));
    expect(await itemsOf(await spool(batchesOf([item(1)], [item(2)])))).toEqual([item(1), item(2)]);
  });

  it('says in one sentence what to do when the temporary folder cannot be used', async () => {
    const missing = join(folder, 'missing');
    vi.stubEnv('TMPDIR', missing);
    await expect(spool(batchesOf([item(1)], [item(2)]), 1)).rejects.toThrow(
      `The input cannot be stored in ${missing} until it ends: ENOENT`,
    );
  });
});
