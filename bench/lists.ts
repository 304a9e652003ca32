/** Reads responses of the lists of both APIs. */
import type { HttpResponse } from './client.ts';

/** Returns the tasks. The caller names their type. */
export function tasksIn<Task>(response: HttpResponse): Task[] {
  const body: Task[] | { tasks: Task[] } = JSON.parse(response.body.toString());
  return Array.isArray(body) ? body : body.tasks;
}

/** Returns the total. */
export function totalIn(response: HttpResponse): number {
  const header = response.header('X-Total-Count');
  if (header !== undefined) return Number(header);
  const body: { pagination: { total: number } } = JSON.parse(response.body.toString());
  return body.pagination.total;
}
