/** Parsers for list responses of both APIs. */
import type { HttpResponse } from './http-client.ts';

/** Parses the tasks of a list response. The caller states their type. */
export function parseTasks<Task>(response: HttpResponse): Task[] {
  const body: Task[] | { tasks: Task[] } = JSON.parse(response.body.toString());
  return Array.isArray(body) ? body : body.tasks;
}

/** Parses the total number of tasks in the list, on all pages. */
export function parseTotal(response: HttpResponse): number {
  const header = response.header('X-Total-Count');
  if (header !== undefined) return Number(header);
  const body: { pagination: { total: number } } = JSON.parse(response.body.toString());
  return body.pagination.total;
}
