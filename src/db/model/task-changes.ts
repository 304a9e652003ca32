/** The columns of tasks that runs and transitions change. */
import { TASK_COLUMNS, type TaskChanges } from '../queries/hdp-task-lifecycle.ts';
import type { HdpTaskRow, ServicesTaskRow } from '../rows.ts';

/** The columns of a Services task that a run may change. */
export type RunChanges = Partial<
  Pick<ServicesTaskRow, 'status' | 'version' | 'lastRunAt' | 'modifiedAt' | 'result'>
>;

/** The columns of an HDP task that a transition may change. */
export type TransitionChanges = Partial<
  Omit<HdpTaskRow, 'id' | 'uuid' | 'createdAt' | 'programId' | 'destinationChainId'>
>;

/** Returns the columns that a transition changes; undefined and null mean no change. */
export function definedChanges(changes: TaskChanges): TransitionChanges {
  const names = TASK_COLUMNS.filter((name) => (changes[name] ?? null) !== null);
  return Object.fromEntries(names.map((name) => [name, changes[name]]));
}
