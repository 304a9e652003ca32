import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../lib/text.ts';
import { CommandError } from './command.ts';

/** Stores the bytes of a stream, so that they can be read a second time. */
export interface Spool {
  /** Returns the bytes of the input and stores them. */
  store(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** Returns the stored bytes. */
  read(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** Bytes that are buffered in memory before they are written to a temporary file. */
const SPOOL_MEMORY_BYTES = 4 * 1024 * 1024;

const READ_BYTES = 256 * 1024;

/**
 * Creates a spool in memory that overflows to a temporary file. The file is unlinked at once, so that only this process
 * can read it, and the system removes it when the process ends.
 */
export function createSpool(memoryBytes = SPOOL_MEMORY_BYTES): Spool {
  let handle: FileHandle | undefined;
  let storedLength = 0;
  let pending: Buffer[] = [];
  let pendingLength = 0;

  /** @throws CommandError if the temporary file cannot be written */
  async function flush(): Promise<void> {
    try {
      handle ??= await openUnlinked();
      await handle.writeFile(Buffer.concat(pending));
    } catch (error) {
      throw new CommandError(
        `The input cannot be stored in ${tmpdir()} until it ends: ${messageOf(error)}. ` +
          'Set TMPDIR to a folder with enough space, or import from a file. Nothing was imported.',
      );
    }
    storedLength += pendingLength;
    pending = [];
    pendingLength = 0;
  }

  return {
    async *store(input) {
      for await (const chunk of input) {
        pending.push(chunk);
        pendingLength += chunk.length;
        if (pendingLength >= memoryBytes) await flush();
        yield chunk;
      }
    },
    async *read() {
      for (let position = 0; handle && position < storedLength; ) {
        const length = Math.min(READ_BYTES, storedLength - position);
        // A new buffer for each chunk, because partial lines still refer to the previous one.
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
        if (bytesRead === 0) throw new Error('the temporary file is shorter than it was written');
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      yield* pending;
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

async function openUnlinked(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-import-'));
  try {
    return await open(join(directory, 'input'), 'wx+', 0o600);
  } finally {
    // An open file stays usable after it is unlinked.
    await rm(directory, { recursive: true, force: true });
  }
}
