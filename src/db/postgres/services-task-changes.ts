/** Adds the changes of a written Services task to the change accumulator (db/model/changes.ts). */
import { createServicesGroups, type ServicesListFields } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import { targetFields } from '../model/target-fields.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { WriteTransaction } from './transactions.ts';

/** A row as it is written: an omitted column becomes null. */
export type WrittenServicesTask = NewServicesTask & Pick<ServicesTaskRow, 'action' | 'campaign'>;

/** The values that decide the lists of a task, and its place in them. */
export type ListedServicesTask = ServicesListFields & { id: number };

const groupOf = createServicesGroups();

/** Adds a task to its lists (`by` 1), or removes it from them (-1). */
export function addChange({ changes }: WriteTransaction, task: ListedServicesTask, by: 1 | -1): void {
  changes.addListChange(groupOf(task), { position: task.id, tie: '' }, by);
  changes.addScope(servicesScope(task.chain));
}

/** Returns the row of a task, with the fields of its target by which lists are filtered. */
export const withTargetFields = (task: NewServicesTask): WrittenServicesTask => ({
  ...task,
  ...targetFields(task.target),
});
