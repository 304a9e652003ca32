import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, messageOf } from './command.ts';

/** Items of an input that has ended, in their order. */
export interface Spool<Item> {
  /** Reads the items once more, in batches. */
  batches(): AsyncGenerator<Item[]>;
  close(): Promise<void>;
}

/** Bytes of JSON that are held in memory; beyond that the items go to a temporary file. */
export const SPOOL_MEMORY_BYTES = 4 * 1024 * 1024;

/**
 * Reads an input to its end and stores its items, in memory or, when they are many, in a temporary file. The file is
 * unlinked at once: only this process can read it, and it vanishes with the process, however that ends.
 * @param input batches of items that survive JSON
 * @throws CommandError when the temporary file cannot be written
 */
export async function spool<Item>(
  input: AsyncIterable<Item[]>,
  memoryBytes = SPOOL_MEMORY_BYTES,
): Promise<Spool<Item>> {
  const file = createBlockFile();
  let pending: string[] = [];
  let pendingLength = 0;
  try {
    for await (const items of input) {
      for (const item of items) {
        const json = JSON.stringify(item);
        pending.push(json);
        pendingLength += json.length;
        if (pendingLength < memoryBytes) continue;
        await file.append(arrayOf(pending));
        pending = [];
        pendingLength = 0;
      }
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    async *batches() {
      for await (const block of file.blocks()) yield parseItems<Item>(block);
      yield parseItems<Item>(arrayOf(pending));
    },
    close: file.close,
  };
}

const arrayOf = (items: readonly string[]) => `[${items.join(',')}]`;

/** Guarantee of the type: `spool` wrote the text from items of this type. */
function parseItems<Item>(json: string): Item[] {
  return JSON.parse(json);
}

/** An unlinked temporary file of text blocks, created with the first block. */
function createBlockFile() {
  let handle: FileHandle | undefined;
  const lengths: number[] = [];
  return {
    async append(text: string): Promise<void> {
      const block = Buffer.from(text);
      try {
        handle ??= await openUnlinked();
        await handle.writeFile(block);
      } catch (error) {
        throw new CommandError(
          `The input cannot be stored in ${tmpdir()} until it ends: ${messageOf(error)}. ` +
            'Set TMPDIR to a folder with enough space, or import from a file. Nothing was imported.',
        );
      }
      lengths.push(block.length);
    },
    async *blocks(): AsyncGenerator<string> {
      let position = 0;
      for (const length of lengths) {
        if (handle) yield (await readBlock(handle, position, length)).toString('utf8');
        position += length;
      }
    },
    async close(): Promise<void> {
      await handle?.close();
      handle = undefined;
    },
  };
}

async function readBlock(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(block, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error('the temporary file is shorter than it was written');
    filled += bytesRead;
  }
  return block;
}

async function openUnlinked(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-import-'));
  try {
    return await open(join(directory, 'input'), 'wx+', 0o600);
  } finally {
    // An open file stays usable after its name is removed.
    await rm(directory, { recursive: true, force: true });
  }
}
