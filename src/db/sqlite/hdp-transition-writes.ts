import { eq, sql } from 'drizzle-orm';
import type { HdpStatus } from '../model/statuses.ts';
import { writtenColumns } from './add.ts';
import {
  type HdpMmr,
  type HdpTaskDetails,
  type HdpTaskRow,
  hdpMmrs,
  hdpTaskDetails,
  hdpTasks,
} from './schema.ts';
import type { SqliteConnection } from './store.ts';

const TASK_COLUMNS = [
  'contractClassHash',
  'dataSourceChains',
  'dataDestinationChain',
  'hdpCoreProgramHash',
  'taskHash',
  'programHash',
  'programName',
  'outputTreeRoot',
] as const;

const DETAIL_COLUMNS = ['taskInputs', 'outputPreimage', 'errorMessage', 'transactionHash'] as const;

/** Values of some of these columns; one that is undefined or left out stays as it is. */
type Changes<Row, Column extends keyof Row> = { [Name in Column]?: Row[Name] | undefined };

/** What a transition may set of the columns that the list shows. */
export type TaskChanges = Changes<HdpTaskRow, (typeof TASK_COLUMNS)[number]>;

/** What a transition may set of the details; without an error message, the task has none. */
export type DetailChanges = Changes<HdpTaskDetails, (typeof DETAIL_COLUMNS)[number]>;

export type NewMmr = Omit<HdpMmr, 'task' | 'position'>;

/** Prepares the writes of a transition, each once, for a transaction that the caller holds. */
export function prepareTransitionWrites(db: SqliteConnection) {
  const task = sql.placeholder('task');
  const taskColumn = (name: keyof TaskChanges) => sql`coalesce(${sql.placeholder(name)}, ${hdpTasks[name]})`;
  const taskUpdate = db
    .update(hdpTasks)
    .set({
      status: sql`${sql.placeholder('status')}`,
      updatedAt: sql`${sql.placeholder('updatedAt')}`,
      contractClassHash: taskColumn('contractClassHash'),
      dataSourceChains: taskColumn('dataSourceChains'),
      dataDestinationChain: taskColumn('dataDestinationChain'),
      hdpCoreProgramHash: taskColumn('hdpCoreProgramHash'),
      taskHash: taskColumn('taskHash'),
      programHash: taskColumn('programHash'),
      programName: taskColumn('programName'),
      outputTreeRoot: taskColumn('outputTreeRoot'),
    })
    .where(eq(hdpTasks.id, task))
    .prepare();
  const detailColumn = (name: keyof DetailChanges) =>
    sql`coalesce(${sql.placeholder(name)}, ${hdpTaskDetails[name]})`;
  const detailsUpsert = db
    .insert(hdpTaskDetails)
    .values({
      task,
      input: '{}',
      isMock: false,
      taskInputs: sql.placeholder('taskInputs'),
      outputPreimage: sql.placeholder('outputPreimage'),
      errorMessage: sql.placeholder('errorMessage'),
      transactionHash: sql.placeholder('transactionHash'),
    })
    .onConflictDoUpdate({
      target: hdpTaskDetails.task,
      set: {
        taskInputs: detailColumn('taskInputs'),
        outputPreimage: detailColumn('outputPreimage'),
        transactionHash: detailColumn('transactionHash'),
        errorMessage: sql`${sql.placeholder('errorMessage')}`,
      },
    })
    .prepare();
  const mmrDeletion = db.delete(hdpMmrs).where(eq(hdpMmrs.task, task)).prepare();
  const mmrInsert = db.insert(hdpMmrs).values(writtenColumns(hdpMmrs).values).prepare();

  return {
    updateTask: (id: number, status: HdpStatus, updatedAt: number, changes: TaskChanges) =>
      taskUpdate.run({ task: id, status, updatedAt, ...bindings(TASK_COLUMNS, changes) }),
    /** Also inserts the details of an imported task, which has none before. */
    updateDetails: (id: number, changes: DetailChanges) =>
      detailsUpsert.run({ task: id, ...bindings(DETAIL_COLUMNS, changes) }),
    replaceMmrs(id: number, mmrs: readonly NewMmr[]): void {
      mmrDeletion.run({ task: id });
      for (const [position, mmr] of mmrs.entries()) mmrInsert.run({ ...mmr, task: id, position });
    },
  };
}

/** The values of all these columns; null for one that does not change. */
const bindings = <Name extends string>(names: readonly Name[], changes: { [_ in Name]?: unknown }) =>
  Object.fromEntries(names.map((name) => [name, changes[name] ?? null]));
