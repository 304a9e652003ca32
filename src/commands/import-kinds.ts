/** The two kinds of task that an import can add, with the parser of a line and the text of a conflict. */
import type { ImportedTask, ImportOptions, TaskImport } from '../db/queries/imports.ts';
import type { NewHdpTask, NewServicesTask } from '../db/rows.ts';
import type { AddResult, OnConflict, Store } from '../db/store.ts';
import { BadLine, parseHdpTask, parseServicesTask } from '../ndjson/task-lines.ts';

/** What became of a line. */
export type Outcome = Exclude<AddResult, 'conflict'> | BadLine;

export interface ImportKind<Task> {
  parse(json: string): Task;
  start(store: Store, options: ImportOptions): TaskImport<Task>;
  outcomeOf(result: ImportedTask, task: Task): Outcome;
  /** Returns the unique id or uuid of a task. */
  identityOf(task: Task): number | string;
  /** True if the same task twice in an input is an error. */
  refusesRepeated: boolean;
}

export function servicesKind(options: {
  onConflict: OnConflict;
  allowChainChange: boolean;
}): ImportKind<NewServicesTask> {
  return {
    parse: parseServicesTask,
    identityOf: ({ id }) => id,
    refusesRepeated: options.onConflict === 'error',
    start: ({ imports }, importOptions) => imports.services({ ...importOptions, ...options }),
    outcomeOf({ added, ofChain }, { id, chain }) {
      if (ofChain === undefined) return outcomeOf(added, `id ${id} already exists`);
      return new BadLine(
        `id ${id} belongs to chain ${ofChain}, not to chain ${chain}; --allow-chain-change moves it`,
      );
    },
  };
}

export function hdpKind(options: { onConflict: OnConflict }): ImportKind<NewHdpTask> {
  return {
    parse: parseHdpTask,
    identityOf: ({ uuid }) => uuid,
    refusesRepeated: options.onConflict === 'error',
    start: ({ imports }, importOptions) => imports.hdp({ ...importOptions, ...options }),
    outcomeOf: ({ added }, { uuid }) => outcomeOf(added, `uuid ${uuid} already exists`),
  };
}

const outcomeOf = (added: AddResult, conflict: string): Outcome =>
  added === 'conflict' ? new BadLine(conflict) : added;
