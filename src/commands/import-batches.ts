import { setTimeout } from 'node:timers/promises';
import type { AddResult } from '../db/store.ts';
import { BadLine } from '../ndjson/task-lines.ts';
import type { ParsedLine } from './import-input.ts';
import type { Outcome } from './import-kinds.ts';

/** What an import did, counted in lines. */
export type Summary = Record<'read' | Exclude<AddResult, 'conflict'> | 'rejected', number>;

export interface LoadOptions<Task> {
  /** Adds the first of some tasks. @returns what became of those that it took; at least one of one or more */
  add(tasks: readonly Task[], isLast: boolean): Promise<Outcome[]>;
  /** Called before each batch; may throw to end the import. */
  beforeBatch(): void;
  /** Receives the line and what is wrong with it; may throw to end the import. */
  onBadLine(report: string): void;
  /** True if lines are added soon after they come, although the input has not ended. */
  isEager: boolean;
}

/** Bounds of the lines that are parsed ahead, in number and in characters. */
const FIRST_BATCH_LINES = 4000;
const MIN_BATCH_LINES = 500;
const MAX_BATCH_LINES = 20_000;
const MAX_BATCH_LENGTH = 8 * 1024 * 1024;

/** How long lines wait for more of them. */
const EAGER_WAIT_MS = 100;

/** Adds the tasks of an input in batches, as large as the time of a batch allows. */
export async function loadLines<Task>(
  input: AsyncGenerator<ParsedLine<Task>[]>,
  { add, beforeBatch, onBadLine, isEager }: LoadOptions<Task>,
): Promise<Summary> {
  const summary: Summary = { read: 0, inserted: 0, replaced: 0, skipped: 0, rejected: 0 };
  const reader = createReader(input, isEager);
  let wanted = FIRST_BATCH_LINES;

  /** Counts the first lines, those of the tasks that were taken and the bad ones between them. */
  function takeLines(lines: readonly ParsedLine<Task>[], outcomes: readonly Outcome[]): number {
    const coming = outcomes.values();
    for (const [index, line] of lines.entries()) {
      const outcome = 'problem' in line ? new BadLine(line.problem) : coming.next().value;
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
    const lines = await reader.read(wanted);
    beforeBatch();
    const tasks = lines.flatMap((line) => ('task' in line ? [line.task] : []));
    const isEnded = reader.isEnded();
    // A bad line may end the import, which is not finished then.
    const isLast = isEnded && tasks.length === lines.length;
    const outcomes = tasks.length > 0 || isLast ? await add(tasks, isLast) : [];
    reader.drop(takeLines(lines, outcomes));
    if (outcomes.length < tasks.length) wanted = Math.max(MIN_BATCH_LINES, outcomes.length);
    else {
      wanted = Math.min(MAX_BATCH_LINES, 2 * wanted);
      isFinished = isEnded;
    }
  }
  return summary;
}

/** Reads lines ahead. */
function createReader<Task>(input: AsyncGenerator<ParsedLine<Task>[]>, isEager: boolean) {
  const lines: ParsedLine<Task>[] = [];
  let length = 0;
  let isEnded = false;
  let coming: Promise<IteratorResult<ParsedLine<Task>[]>> | undefined;

  function push(line: ParsedLine<Task>): void {
    lines.push(line);
    length += line.length;
  }

  /** @returns undefined if nothing has come in time */
  async function nextChunk() {
    coming ??= input.next();
    // It is awaited later, perhaps after the import has failed for another reason.
    coming.catch(() => {});
    const isUrgent = isEager && lines.length > 0;
    const chunk = await (isUrgent
      ? Promise.race([coming, setTimeout(EAGER_WAIT_MS, undefined, { ref: false })])
      : coming);
    if (chunk) coming = undefined;
    return chunk;
  }

  return {
    /** Returns the next lines, about as many as wanted or all that are left. */
    async read(wanted: number): Promise<readonly ParsedLine<Task>[]> {
      while (!isEnded && lines.length < wanted && length < MAX_BATCH_LENGTH) {
        const chunk = await nextChunk();
        if (!chunk) break;
        if (chunk.done) isEnded = true;
        else for (const line of chunk.value) push(line);
      }
      return lines;
    },
    /** Forgets the first lines. */
    drop(count: number): void {
      for (const line of lines.splice(0, count)) length -= line.length;
    },
    isEnded: () => isEnded,
  };
}
