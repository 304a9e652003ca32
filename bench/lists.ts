/** What an answer of either API's list says. */
import type { Answer } from './client.ts';

/** Its tasks; of which kind they are is the caller's word. */
export function tasksIn<Task>(answer: Answer): Task[] {
  const body: Task[] | { tasks: Task[] } = JSON.parse(answer.body.toString());
  return Array.isArray(body) ? body : body.tasks;
}

/** How many tasks there are in all. */
export function totalIn(answer: Answer): number {
  const header = answer.header('X-Total-Count');
  if (header !== undefined) return Number(header);
  const body: { pagination: { total: number } } = JSON.parse(answer.body.toString());
  return body.pagination.total;
}
