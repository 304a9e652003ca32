/** Checks an input before any task is written. */
import type { ImportConflict, TaskImport } from '../db/queries/imports.ts';
import { BadLine } from '../ndjson/task-lines.ts';
import type { ParsedLine } from './import-input.ts';
import { createIdentitySet, type ImportKind, repeatedLine } from './import-kinds.ts';

type Lines<Task> = AsyncIterable<ParsedLine<Task>[]>;

type GoodLine<Task> = ParsedLine<Task> & { task: Task };

const isGood = <Task>(line: ParsedLine<Task>): line is GoodLine<Task> => 'task' in line;

/**
 * Returns the problem of the first bad line: it is not a task, or its id or uuid exists in the database or in an earlier line.
 * Uses 16 to 32 bytes of memory per line.
 * @param readAgain reads the same lines from the start
 */
export async function findBadLine<Task>(
  input: Lines<Task>,
  readAgain: () => Lines<Task>,
  kind: ImportKind<Task>,
  tasks: TaskImport<Task>,
): Promise<string | undefined> {
  const addIdentity = createIdentitySet(kind);

  async function findIn({ lines, good, conflict }: CheckedLines<Task>): Promise<string | undefined> {
    const existing = await conflict;
    for (const [index, line] of good.entries()) {
      if (existing?.index === index) return describeConflict(kind, line, existing.conflict);
      if (!kind.refusesRepeated || addIdentity(line.task)) continue;
      // Two identities may have the same fingerprint.
      if (await isRepeated(line, readAgain(), kind))
        return `Line ${line.number}: ${repeatedLine(kind, line.task)}`;
    }
    for (const line of lines) if ('problem' in line) return `Line ${line.number}: ${line.problem}`;
    return undefined;
  }

  let previous: CheckedLines<Task> | undefined;
  for await (const lines of input) {
    // The database has looked for conflicts while these lines were read and parsed.
    const problem = previous && (await findIn(previous));
    if (problem !== undefined) return problem;
    const good = lines.filter(isGood);
    const conflict = tasks.findConflict(good.map(({ task }) => task));
    // Awaited later. If reading fails before that, nothing awaits it.
    conflict.catch(() => {});
    previous = { lines, good, conflict };
    // A bad line ends the input, which cannot be read again after that.
    if (good.length < lines.length) return await findIn(previous);
  }
  return previous && findIn(previous);
}

/** Lines whose conflicts the database looks for. */
interface CheckedLines<Task> {
  lines: readonly ParsedLine<Task>[];
  good: readonly GoodLine<Task>[];
  conflict: Promise<ImportConflict | undefined>;
}

async function isRepeated<Task>(
  line: GoodLine<Task>,
  input: Lines<Task>,
  kind: ImportKind<Task>,
): Promise<boolean> {
  const identity = kind.identityOf(line.task);
  for await (const lines of input) {
    for (const earlier of lines) {
      if (earlier.number >= line.number) return false;
      if (isGood(earlier) && kind.identityOf(earlier.task) === identity) return true;
    }
  }
  return false;
}

function describeConflict<Task>(
  kind: ImportKind<Task>,
  { number, task }: GoodLine<Task>,
  conflict: Parameters<ImportKind<Task>['outcomeOf']>[0],
): string | undefined {
  const outcome = kind.outcomeOf(conflict, task);
  return outcome instanceof BadLine ? `Line ${number}: ${outcome.message}` : undefined;
}
