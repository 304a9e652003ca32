import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { reasonOf } from '../lib/text.ts';
import { describeOtherFormat } from '../ndjson/line-format.ts';
import { BadLine } from '../ndjson/task-lines.ts';
import { type CommandContext, CommandError } from './command.ts';
import { refuseOtherEncodings } from './input-encoding.ts';
import { type Line, readLines } from './lines.ts';
import { createSpool } from './spool.ts';

/** The input of an import, as bytes. */
export interface ImportInput {
  /** The number of bytes; undefined for standard input and pipes. */
  size: number | undefined;
  /** Reads the input. */
  read(): AsyncIterable<Buffer>;
  /** Reads the input so that it can be read again: stores the bytes of standard input and pipes. */
  readAndStore(): AsyncIterable<Buffer>;
  /** Reads the same bytes again, after `readAndStore` has ended. */
  readAgain(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const READ_BYTES = 256 * 1024;

/** Opens the input. @param file a path, or `-` for standard input @throws CommandError if it cannot be read */
export async function openInput(context: CommandContext, file: string): Promise<ImportInput> {
  if (file === '') throw new CommandError('The name of the file to import is empty.');
  if (file === '-') return streamInput(context.stdin, async () => void context.stdin.destroy());
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new Error('it is a directory');
    }
    const options = { highWaterMark: READ_BYTES, autoClose: false };
    // A pipe, such as `<(zcat tasks.gz)`, has no size and can be read only once.
    if (!stats.isFile()) return streamInput(handle.createReadStream(options), () => handle.close());
    const read = () => handle.createReadStream({ ...options, start: 0 });
    return {
      size: stats.size,
      read,
      readAndStore: read,
      readAgain: read,
      close: () => handle.close(),
    };
  } catch (error) {
    throw new CommandError(`The file ${file} cannot be read: ${reasonOf(error)}.`);
  }
}

function streamInput(stream: Readable, close: () => Promise<void>): ImportInput {
  const spool = createSpool();
  return {
    size: undefined,
    read: () => stream,
    readAndStore: () => spool.store(stream),
    readAgain: () => spool.read(),
    async close() {
      stream.destroy();
      await spool.close();
      await close();
    },
  };
}

/** A line of the input: a task, or the reason why the line is not a task. `length` is in characters. */
export type ParsedLine<Task> = { number: number; length: number } & ({ task: Task } | { problem: string });

/**
 * Parses the lines of an input, in batches.
 * @param options.stopsAtProblem true stops after the first line that is not a task
 * @param options.onProgress progress callback: the number of new bytes and of the lines parsed before them
 */
export async function* parseLines<Task>(
  input: AsyncIterable<Buffer>,
  parse: (json: string) => Task,
  options: { stopsAtProblem: boolean; onProgress(bytes: number, lines: number): void },
): AsyncGenerator<ParsedLine<Task>[]> {
  let count = 0;
  const onBytes = (bytes: number) => options.onProgress(bytes, count);
  for await (const lines of readLines(refuseOtherEncodings(input), onBytes)) {
    const parsed: ParsedLine<Task>[] = [];
    for (const line of lines) {
      const result = parseLine(line, parse);
      parsed.push(result);
      if (options.stopsAtProblem && 'problem' in result) {
        yield parsed;
        return;
      }
    }
    count += parsed.length;
    yield parsed;
  }
}

function parseLine<Task>(line: Line, parse: (json: string) => Task): ParsedLine<Task> {
  const { number, text, problem, beginning = '' } = line;
  const { length } = text;
  if (problem !== undefined) {
    return { number, length, problem: describeOtherFormat(beginning, undefined) ?? `it ${problem}` };
  }
  try {
    return { number, length, task: parse(text) };
  } catch (error) {
    if (error instanceof BadLine) return { number, length, problem: error.message };
    throw error;
  }
}
