import { setTimeout } from 'node:timers/promises';
import type { AddResult } from '../db/store.ts';
import { BadLine } from '../ndjson/task-lines.ts';
import type { ParsedLine } from './import-input.ts';
import type { Outcome } from './import-kinds.ts';

/** What an import did, counted in lines. */
export type Summary = Record<'read' | Exclude<AddResult, 'conflict'> | 'rejected', number>;

export interface LoadOptions<Task> {
  /** Adds as many of the first tasks as one batch has time for, at least one. @returns their outcomes */
  add(tasks: readonly Task[], isLast: boolean): Promise<Outcome[]>;
  /** Called before each batch; may throw to end the import. */
  beforeBatch(): void;
  /** Receives a line number with its problem; may throw to end the import. */
  onBadLine(report: string): void;
  /** True: lines are added soon after they arrive, although the batch is not full. */
  isEager: boolean;
}

/** Limits for the lines that are parsed ahead, in lines and in characters. */
const FIRST_BATCH_LINES = 4000;
const MIN_BATCH_LINES = 500;
const MAX_BATCH_LINES = 20_000;
const MAX_BATCH_CHARACTERS = 8 * 1024 * 1024;

/** The maximum time that a line waits until its batch is full. */
const EAGER_WAIT_MS = 100;

/** Adds the tasks of an input in batches. The size of a batch follows the number of tasks that `add` takes. */
export async function loadLines<Task>(
  input: AsyncGenerator<ParsedLine<Task>[]>,
  { add, beforeBatch, onBadLine, isEager }: LoadOptions<Task>,
): Promise<Summary> {
  const summary: Summary = { read: 0, inserted: 0, replaced: 0, skipped: 0, rejected: 0 };
  const reader = createReader(input, isEager);
  let batchLines = FIRST_BATCH_LINES;

  /** Counts the lines of the tasks that were added and the bad lines between them. @returns their number */
  function countLines(lines: readonly ParsedLine<Task>[], outcomes: readonly Outcome[]): number {
    const nextOutcomes = outcomes.values();
    for (const [index, line] of lines.entries()) {
      const outcome = 'problem' in line ? new BadLine(line.problem) : nextOutcomes.next().value;
      if (outcome === undefined) return index;
      summary.read += 1;
      if (typeof outcome === 'string') summary[outcome] += 1;
      else {
        summary.rejected += 1;
        onBadLine(`Line ${line.number}: ${outcome.message}`);
      }
    }
    return lines.length;
  }

  for (let isFinished = false; !isFinished; ) {
    const lines = await reader.read(batchLines);
    beforeBatch();
    const tasks = lines.flatMap((line) => ('task' in line ? [line.task] : []));
    const isEnded = reader.isEnded();
    // If a bad line ends the import, this batch must not finish it.
    const isLast = isEnded && tasks.length === lines.length;
    const outcomes =
      tasks.length > 0 || isLast ? await reader.readDuring(() => add(tasks, isLast), batchLines) : [];
    reader.drop(countLines(lines, outcomes));
    if (outcomes.length < tasks.length) batchLines = Math.max(MIN_BATCH_LINES, outcomes.length);
    else {
      batchLines = Math.min(MAX_BATCH_LINES, 2 * batchLines);
      isFinished = isEnded;
    }
  }
  return summary;
}

/** Creates a buffer of lines that are read ahead. */
function createReader<Task>(input: AsyncGenerator<ParsedLine<Task>[]>, isEager: boolean) {
  const lines: ParsedLine<Task>[] = [];
  let length = 0;
  let isEnded = false;
  let nextRead: Promise<IteratorResult<ParsedLine<Task>[]>> | undefined;

  function push(line: ParsedLine<Task>): void {
    lines.push(line);
    length += line.length;
  }

  /** Returns undefined if no chunk arrives within `EAGER_WAIT_MS`. */
  async function nextChunk() {
    nextRead ??= input.next();
    // If the import fails for another reason, nothing awaits this promise.
    nextRead.catch(() => {});
    const isUrgent = isEager && lines.length > 0;
    const chunk = await (isUrgent
      ? Promise.race([nextRead, setTimeout(EAGER_WAIT_MS, undefined, { ref: false })])
      : nextRead);
    if (chunk) nextRead = undefined;
    return chunk;
  }

  /** Reads lines until the buffer is full, or until the input ends or pauses. */
  async function fill(isFull: () => boolean): Promise<void> {
    while (!isEnded && !isFull()) {
      const chunk = await nextChunk();
      if (!chunk) break;
      if (chunk.done) isEnded = true;
      else for (const line of chunk.value) push(line);
    }
  }

  return {
    /** Returns at least `count` lines, or fewer if the input ends, pauses or fills the buffer. */
    async read(count: number): Promise<readonly ParsedLine<Task>[]> {
      await fill(() => lines.length >= count || length >= MAX_BATCH_CHARACTERS);
      return [...lines];
    },
    /** Runs `work`, and reads up to about `count` more lines while it waits. */
    async readDuring<T>(work: () => Promise<T>, count: number): Promise<T> {
      const [maxLines, maxLength] = [lines.length + count, length + MAX_BATCH_CHARACTERS];
      let isDone = false;
      const working = work().finally(() => {
        isDone = true;
      });
      const reading = fill(() => isDone || lines.length >= maxLines || length >= maxLength);
      try {
        return await working;
      } finally {
        // The next read throws the same error.
        await reading.catch(() => {});
      }
    },
    /** Removes the first lines from the buffer. */
    drop(count: number): void {
      for (const line of lines.splice(0, count)) length -= line.length;
    },
    isEnded: () => isEnded,
  };
}
