/** The two kinds of task that an import can add, with the parser of a line and the text of a conflict. */
import { hash } from 'node:crypto';
import type { ImportedTask, ImportOptions, TaskImport } from '../db/queries/imports.ts';
import type { NewHdpTask, NewServicesTask } from '../db/rows.ts';
import type { AddResult, OnConflict, Store } from '../db/store.ts';
import { createNumberSet } from '../lib/number-set.ts';
import { BadLine, parseHdpTask, parseServicesTask } from '../ndjson/task-lines.ts';

/** What became of a line. */
export type Outcome = Exclude<AddResult, 'conflict'> | BadLine;

export interface ImportKind<Task> {
  parse(json: string): Task;
  start(store: Store, options: ImportOptions): TaskImport<Task>;
  outcomeOf(result: ImportedTask, task: Task): Outcome;
  /** Returns the unique id or uuid of a task. */
  identityOf(task: Task): number | string;
  /** Returns the name of the identity: `id` or `uuid`. */
  identityName: string;
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
    identityName: 'id',
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
    identityName: 'uuid',
    refusesRepeated: options.onConflict === 'error',
    start: ({ imports }, importOptions) => imports.hdp({ ...importOptions, ...options }),
    outcomeOf: ({ added }, { uuid }) => outcomeOf(added, `uuid ${uuid} already exists`),
  };
}

const outcomeOf = (added: AddResult, conflict: string): Outcome =>
  added === 'conflict' ? new BadLine(conflict) : added;

/** Returns why a line is bad whose task is that of an earlier line. */
export const repeatedLine = <Task>({ identityName, identityOf }: ImportKind<Task>, task: Task): string =>
  `${identityName} ${identityOf(task)} repeats an earlier line`;

const FINGERPRINT_BYTES = 6;

const fingerprintOf = (identity: number | string) =>
  typeof identity === 'number'
    ? identity
    : 1 + hash('sha1', identity, 'buffer').readUIntBE(0, FINGERPRINT_BYTES);

/**
 * Creates a function that returns false if an earlier task had the same identity. It uses 16 to 32 bytes of memory per task.
 * Two uuids may have the same fingerprint, so false is almost certain and true is certain.
 */
export function createIdentitySet<Task>({ identityOf }: ImportKind<Task>): (task: Task) => boolean {
  const fingerprints = createNumberSet();
  return (task) => fingerprints.add(fingerprintOf(identityOf(task)));
}
