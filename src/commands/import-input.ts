import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type CommandContext, CommandError, reasonOf } from './command.ts';
import { describeOtherFormat, refuseOtherEncodings } from './input-format.ts';
import { type Line, readLines } from './lines.ts';
import { BadLine } from './task-lines.ts';

/** The byte stream that an import reads. */
export interface ImportInput {
  stream: Readable;
  /** Bytes to come; undefined for standard input and for pipes, which have no size and may take any time. */
  size: number | undefined;
}

/** @param file a path, or `-` for standard input @throws CommandError when the file cannot be read */
export async function openInput(context: CommandContext, file: string): Promise<ImportInput> {
  if (file === '') throw new CommandError('The name of the file to import is empty.');
  if (file === '-') return { stream: context.stdin, size: undefined };
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new Error('it is a directory');
    }
    // A pipe, as of `<(zcat tasks.gz)`, has no size to come.
    const size = stats.isFile() ? stats.size : undefined;
    return { stream: handle.createReadStream({ highWaterMark: 256 * 1024 }), size };
  } catch (error) {
    throw new CommandError(`The file ${file} cannot be read: ${reasonOf(error)}.`);
  }
}

/** A line of the input as a task, or the reason why it is none. */
export type ParsedLine<Task> = { number: number; task: Task } | { number: number; problem: string };

/**
 * Parses the lines of an input, in batches.
 * @param options.stopsAtProblem the first line that is no task is the last one that is returned
 * @param options.onProgress receives how many more bytes came in and how many lines were parsed before them
 */
export async function* parseLines<Task>(
  input: Readable,
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
  if (problem !== undefined) {
    return { number, problem: describeOtherFormat(beginning, undefined) ?? `it ${problem}` };
  }
  try {
    return { number, task: parse(text) };
  } catch (error) {
    if (error instanceof BadLine) return { number, problem: error.message };
    throw error;
  }
}
