/** The actions that runners support. To add an action, write its file and list it in `ACTIONS`. */
import type { Action } from './action.ts';
import { exportAction } from './export.ts';

const ACTIONS: readonly Action[] = [exportAction];

/**
 * Returns the supported actions by name.
 * @param moduleUrl a file: URL of a module that exports other `ACTIONS`, for tests
 * @throws Error when two actions have the same name
 */
export async function loadActions(moduleUrl: string | undefined): Promise<ReadonlyMap<string, Action>> {
  const { ACTIONS: actions }: { ACTIONS: readonly Action[] } =
    moduleUrl === undefined ? { ACTIONS } : await import(moduleUrl);
  const byName = new Map(actions.map((action) => [action.name, action]));
  if (byName.size !== actions.length) throw new Error('Two actions have the same name.');
  return byName;
}
