/**
 * Decides which rows the list shows after a poll. Page 1 is live. Later pages of a newest-first list shift with each new
 * task, so their rows stay until the reader asks for the current ones.
 */
import type { HdpList, HdpTask } from '../api-types.ts';

export interface ShownRows {
  /** The request that the rows belong to. */
  path: string;
  rows: readonly HdpTask[];
  /** The latest response, which may have other rows. */
  latest: HdpList;
  /** The total when the rows were chosen. */
  total: number;
}

/** Shows the rows of a response. */
export const freshRows = (path: string, list: HdpList): ShownRows => ({
  ...{ path, rows: list.tasks, latest: list },
  total: list.pagination.total,
});

/**
 * Returns the rows after a response.
 * @param shown the rows before, if any
 * @param focused the uuid of the row that has the focus
 */
export function nextRows(
  shown: ShownRows | undefined,
  path: string,
  list: HdpList,
  focused: string | undefined,
): ShownRows {
  if (shown?.path !== path) return freshRows(path, list);
  if (list.pagination.page === 1) return withFocused(freshRows(path, list), shown, focused);
  const current = new Map(list.tasks.map((task) => [task.uuid, task]));
  return { ...shown, latest: list, rows: shown.rows.map((task) => current.get(task.uuid) ?? task) };
}

/** Keeps the focused row when new tasks push it off the page, so that the focus is not lost. */
function withFocused(fresh: ShownRows, former: ShownRows, focused: string | undefined): ShownRows {
  const row = former.rows.find(({ uuid }) => uuid === focused);
  if (!row || fresh.rows.some(({ uuid }) => uuid === focused)) return fresh;
  return { ...fresh, rows: [...fresh.rows, row] };
}

/** Returns what has changed since the rows were chosen, in words, or undefined if the rows are the current ones. */
export function changeWords({ rows, latest, total }: ShownRows): string | undefined {
  const { pagination, tasks } = latest;
  if (pagination.page === 1) return undefined;
  const more = pagination.total - total;
  const count = Math.abs(more).toLocaleString('en');
  const words = Math.abs(more) === 1 ? `${count} task` : `${count} tasks`;
  if (more > 0) return `${words} arrived since this page was read.`;
  if (more < 0) return `${words} left the list since this page was read.`;
  const isSame = rows.length === tasks.length && rows.every(({ uuid }, at) => uuid === tasks[at]?.uuid);
  return isSame ? undefined : 'The order has changed since this page was read.';
}
